//! The minimal server: one thread, one epoll instance, one shared read buffer. WebSocket only.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine as _;
use rustix::event::{Timespec, epoll};
use rustix::fd::{AsFd, OwnedFd};
use sha1::{Digest, Sha1};

use crate::contract::{Act, BACKLOG, BINARY, Frame, OPEN, PING, PING_INTERVAL, State, TEXT};
use crate::queue::Queue;

const READ_BUFFER: usize = 256 * 1024;
/// Bytes to read at once for the rest of an incomplete frame.
const REST: usize = 128 * 1024;
const LISTENER: u64 = u64::MAX;
/// RFC 6455, section 1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

struct Connection {
    socket: TcpStream,
    upgraded: bool,
    state: State,
    unread: Vec<u8>,
    queue: Queue,
    /// `true` if the connection is in the server's list of connections with data to write.
    touched: bool,
    /// `true` while the socket's send buffer is full.
    blocked: bool,
}

struct Server {
    epoll: OwnedFd,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    room: Vec<usize>,
    touched: Vec<usize>,
}

impl Server {
    fn add(&self, socket: impl AsFd, token: u64) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, socket, epoll::EventData::new_u64(token), epoll::EventFlags::IN)?)
    }

    fn accept(&mut self, listener: &TcpListener) -> io::Result<()> {
        while let Ok((socket, _)) = listener.accept() {
            socket.set_nonblocking(true)?;
            socket.set_nodelay(true)?;
            let at = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            self.add(&socket, at as u64)?;
            self.connections[at] = Some(Connection {
                socket,
                upgraded: false,
                state: State::default(),
                unread: Vec::new(),
                queue: Queue::default(),
                touched: false,
                blocked: false,
            });
        }
        Ok(())
    }

    fn push(&mut self, at: usize, frame: &Frame) {
        if let Some(connection) = &mut self.connections[at] {
            connection.queue.push(frame.bytes.clone());
            if !connection.touched {
                connection.touched = true;
                self.touched.push(at);
            }
        }
    }

    fn flush(&mut self, at: usize) -> io::Result<()> {
        let Some(connection) = &mut self.connections[at] else { return Ok(()) };
        connection.touched = false;
        let mut socket = &connection.socket;
        let blocked = match connection.queue.write(|slices| socket.write_vectored(slices)) {
            Ok(()) => false,
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            Err(_) => {
                connection.queue.clear();
                false
            }
        };
        if blocked != connection.blocked {
            connection.blocked = blocked;
            let writes = if blocked { epoll::EventFlags::OUT } else { epoll::EventFlags::empty() };
            let token = epoll::EventData::new_u64(at as u64);
            epoll::modify(&self.epoll, &connection.socket, token, epoll::EventFlags::IN | writes)?;
        }
        Ok(())
    }

    fn read(&mut self, at: usize, shared: &mut [u8]) {
        let Some(connection) = &mut self.connections[at] else { return };
        let mut unread = std::mem::take(&mut connection.unread);
        let kept = unread.len();
        let data = if kept == 0 {
            shared
        } else {
            unread.resize(kept + REST, 0);
            &mut unread[..]
        };
        let total = match connection.socket.read(&mut data[kept..]) {
            Ok(read) if read > 0 => kept + read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => kept,
            _ => return self.close(at),
        };
        let Some(used) = self.process(at, &mut data[..total]) else { return self.close(at) };
        if let Some(connection) = &mut self.connections[at] {
            connection.unread = data[used..total].to_vec();
        }
    }

    fn close(&mut self, at: usize) {
        self.connections[at] = None;
        self.free.push(at);
        self.room.retain(|member| *member != at);
    }

    /// Handles the frames in `data`. Returns the number of bytes used, or `None` to close the connection.
    fn process(&mut self, at: usize, data: &mut [u8]) -> Option<usize> {
        let mut used = 0;
        if !self.connections[at].as_ref()?.upgraded {
            let Some(end) = data.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Some(0) };
            let response = upgrade(&data[..end])?;
            self.push(at, &response);
            self.push(at, &Frame::text(OPEN));
            self.connections[at].as_mut()?.upgraded = true;
            used = end + 4;
        }
        while let Some((opcode, head, length)) = parse(&data[used..])? {
            let (mask, payload) = data[used + head - 4..used + head + length].split_at_mut(4);
            used += head + length;
            unmask(payload, mask);
            match opcode {
                TEXT => {
                    simdutf8::basic::from_utf8(payload).ok()?;
                    match self.connections[at].as_mut()?.state.text(payload) {
                        Act::Nothing => {}
                        Act::Reply(frame) => self.push(at, &frame),
                        Act::Join(frame) => {
                            self.room.push(at);
                            self.push(at, &frame);
                        }
                        Act::Say(frame) => self.say(&frame),
                    }
                }
                BINARY => {
                    let answer = self.connections[at].as_mut()?.state.binary(payload);
                    answer.iter().flatten().for_each(|frame| self.push(at, frame));
                }
                8 => return None,
                _ => {}
            }
        }
        Some(used)
    }

    fn say(&mut self, frame: &Frame) {
        let room = std::mem::take(&mut self.room);
        room.iter().for_each(|member| self.push(*member, frame));
        self.room = room;
    }
}

/// Returns the response to an upgrade request.
fn upgrade(head: &[u8]) -> Option<Frame> {
    let head = std::str::from_utf8(head).ok()?;
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
    })?;
    let accept = base64::engine::general_purpose::STANDARD.encode(Sha1::digest(format!("{key}{GUID}")));
    Some(Frame::plain(format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )))
}

/// Parses a frame's header into its opcode, the length of the header with the mask, and the length of the payload. The
/// inner `None` means that the header is incomplete; the outer `None` closes the connection.
#[allow(clippy::option_option, reason = "bad and unfinished differ")]
fn parse(data: &[u8]) -> Option<Option<(u8, usize, usize)>> {
    let &[first, second, ref rest @ ..] = data else { return Some(None) };
    if first & 0xf0 != 0x80 || second & 0x80 == 0 {
        return None;
    }
    let (head, length) = match second & 0x7f {
        126 => match rest.first_chunk() {
            Some(length) => (8, usize::from(u16::from_be_bytes(*length))),
            None => return Some(None),
        },
        127 => match rest.first_chunk() {
            Some(length) => (14, u64::from_be_bytes(*length) as usize),
            None => return Some(None),
        },
        length => (6, usize::from(length)),
    };
    Some((data.len() >= head + length).then_some((first & 15, head, length)))
}

fn unmask(payload: &mut [u8], mask: &[u8]) {
    let &[a, b, c, d] = mask else { return };
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

pub fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    rustix::net::listen(&listener, BACKLOG)?;
    listener.set_nonblocking(true)?;
    let mut server = Server {
        epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
        connections: Vec::new(),
        free: Vec::new(),
        room: Vec::new(),
        touched: Vec::new(),
    };
    server.add(&listener, LISTENER)?;
    let mut shared = vec![0; READ_BUFFER];
    let mut events = Vec::with_capacity(1024);
    let second = Timespec { tv_sec: 1, tv_nsec: 0 };
    let interval = Duration::from_secs(PING_INTERVAL);
    let mut ping = Instant::now() + interval;
    loop {
        events.clear();
        epoll::wait(&server.epoll, rustix::buffer::spare_capacity(&mut events), Some(&second))?;
        for &epoll::Event { flags, data } in &events {
            if data.u64() == LISTENER {
                server.accept(&listener)?;
                continue;
            }
            let at = data.u64() as usize;
            if flags.contains(epoll::EventFlags::OUT) {
                server.flush(at)?;
            }
            if flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR) {
                server.read(at, &mut shared);
            }
        }
        if Instant::now() > ping {
            ping += interval;
            server.say(&Frame::text(PING));
        }
        for at in std::mem::take(&mut server.touched) {
            server.flush(at)?;
        }
    }
}
