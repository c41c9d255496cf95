//! Many WebSocket connections on one thread.
//!
//! The client must cost less than the server that it measures, so a connection has no task, timer or buffer. It has a
//! socket, the bytes of an incomplete incoming frame, and the bytes that the socket has not accepted; both are usually
//! empty. All connections read into one shared buffer, once per event, and write the answers to a read in one call.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::net::sockopt::socket_error;

use crate::fault::{Doing, Fault, Result, excerpt, wrong};
use crate::frame;
use crate::socket::{self, Epoll};

const READ_BUFFER: usize = 512 * 1024;
/// Bytes to read at once for the rest of an incomplete frame.
const REST: usize = 128 * 1024;
/// The accept value for the example key of RFC 6455.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Lets a scenario send messages while it handles one of a connection.
pub struct Io<'a> {
    /// Bytes to send to the connection itself.
    pub out: &'a mut Vec<u8>,
    /// Bytes to send to the connection `other`.
    pub other_out: &'a mut Vec<u8>,
    pub other: usize,
    pub now: Instant,
    pub close: bool,
}

pub trait Scenario {
    /// Returns the room that a connection joins before it is ready.
    fn room(&self, _connection: usize) -> Option<String> {
        None
    }

    fn ready(&mut self, _connection: usize, _io: &mut Io<'_>) {}

    fn text(&mut self, connection: usize, message: &[u8], io: &mut Io<'_>) -> Result;

    fn binary(&mut self, connection: usize, message: &[u8], _io: &mut Io<'_>) -> Result {
        wrong(connection, format!("an attachment that nobody awaits: {} bytes", message.len()))
    }
}

/// The state of a connection.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    Connecting,
    Upgrading,
    Open,
    Joining,
    Ready,
    /// Open, but no longer read.
    Ignored,
    Closed,
}

struct Connection {
    socket: Option<TcpStream>,
    phase: Phase,
    opened: Instant,
    unread: Vec<u8>,
    unwritten: Vec<u8>,
}

pub struct Engine {
    epoll: Epoll,
    port: u16,
    connections: Vec<Connection>,
    shared: Vec<u8>,
    out: Vec<u8>,
    other_out: Vec<u8>,
    request: Vec<u8>,
    opened: u32,
    ready: usize,
    /// Size of the receive buffer for connections opened from now on, in bytes.
    pub receive_buffer: Option<usize>,
}

impl Engine {
    pub fn new(port: u16) -> Result<Self> {
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        Ok(Self {
            epoll: Epoll::new()?,
            port,
            connections: Vec::new(),
            shared: vec![0; READ_BUFFER],
            out: Vec::new(),
            other_out: Vec::new(),
            request: request.into_bytes(),
            // Consecutive runs start at different source addresses.
            opened: std::process::id(),
            ready: 0,
            receive_buffer: None,
        })
    }

    /// Opens a connection in a new slot, or in the slot of a closed connection.
    pub fn open(&mut self, slot: Option<usize>) -> Result<usize> {
        let socket = socket::open(self.port, self.opened, self.receive_buffer)?;
        self.opened = self.opened.wrapping_add(1);
        let slot = slot.unwrap_or(self.connections.len());
        // On loopback, the TCP handshake is complete when connect returns, so the request can be sent immediately.
        let sent = socket::write(&socket, &self.request).doing("the request for an upgrade")?;
        let phase = if sent == Some(self.request.len()) { Phase::Upgrading } else { Phase::Connecting };
        self.epoll.add(&socket, slot as u64, phase == Phase::Connecting)?;
        let connection = Connection {
            socket: Some(socket),
            phase,
            opened: Instant::now(),
            unread: Vec::new(),
            unwritten: Vec::new(),
        };
        match self.connections.get_mut(slot) {
            Some(old) => *old = connection,
            None => self.connections.push(connection),
        }
        Ok(slot)
    }

    /// Opens connections, with up to `at_once` connecting at a time, and waits until all are ready.
    pub fn open_all(&mut self, count: usize, at_once: usize, scenario: &mut impl Scenario) -> Result {
        let deadline = Instant::now() + Duration::from_secs(60);
        let goal = self.ready + count;
        let mut opened = self.ready;
        while self.ready < goal {
            while opened < goal && opened - self.ready < at_once {
                self.open(None)?;
                opened += 1;
            }
            self.poll(scenario, Duration::from_millis(100))?;
            if Instant::now() > deadline {
                return Err(Fault::Late(format!("{} of {goal} connections after 60 s", self.ready)));
            }
        }
        Ok(())
    }

    pub fn opened_at(&self, connection: usize) -> Instant {
        self.connections[connection].opened
    }

    /// Stops reading from a connection, but keeps it open.
    pub fn ignore(&mut self, connection: usize) -> Result {
        let c = &mut self.connections[connection];
        if let Some(socket) = &c.socket {
            self.epoll.remove(socket)?;
        }
        c.phase = Phase::Ignored;
        self.ready -= 1;
        Ok(())
    }

    fn close(&mut self, connection: usize) {
        let c = &mut self.connections[connection];
        if c.phase == Phase::Ready {
            self.ready -= 1;
        }
        c.phase = Phase::Closed;
        c.socket = None;
    }

    pub fn run(&mut self, scenario: &mut impl Scenario, time: Duration) -> Result {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.poll(scenario, Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// Runs until `done` returns `true`. Returns `false` if that takes longer than `within`.
    pub fn run_until<S: Scenario>(
        &mut self,
        scenario: &mut S,
        within: Duration,
        done: impl Fn(&S) -> bool,
    ) -> Result<bool> {
        let deadline = Instant::now() + within;
        while !done(scenario) {
            if Instant::now() > deadline {
                return Ok(false);
            }
            self.poll(scenario, Duration::from_millis(100))?;
        }
        Ok(true)
    }

    /// Waits for events for at most `timeout`, and handles them.
    pub fn poll(&mut self, scenario: &mut impl Scenario, timeout: Duration) -> Result {
        for i in 0..self.epoll.wait(timeout)? {
            let ready = self.epoll.ready(i);
            let connection = ready.token as usize;
            // An earlier event of the same batch may have closed or ignored the connection.
            if matches!(self.connections[connection].phase, Phase::Closed | Phase::Ignored) {
                continue;
            }
            if ready.writable {
                self.writable(connection)?;
            }
            if ready.readable && self.connections[connection].phase != Phase::Connecting {
                self.readable(connection, scenario)?;
            }
        }
        Ok(())
    }

    /// Runs `act` as if this connection had received a message, and sends its output.
    pub fn act(&mut self, connection: usize, act: impl FnOnce(&mut Io<'_>)) -> Result {
        let mut out = std::mem::take(&mut self.out);
        let mut other_out = std::mem::take(&mut self.other_out);
        let mut io =
            Io { out: &mut out, other_out: &mut other_out, other: connection, now: Instant::now(), close: false };
        act(&mut io);
        let other = io.other;
        self.finish(connection, out, other, other_out)
    }

    fn finish(&mut self, connection: usize, mut out: Vec<u8>, other: usize, mut other_out: Vec<u8>) -> Result {
        self.send(connection, &out)?;
        self.send(other, &other_out)?;
        out.clear();
        other_out.clear();
        self.out = out;
        self.other_out = other_out;
        Ok(())
    }

    fn send(&mut self, connection: usize, bytes: &[u8]) -> Result {
        let c = &mut self.connections[connection];
        let Some(socket) = c.socket.as_ref().filter(|_| !bytes.is_empty()) else { return Ok(()) };
        if !c.unwritten.is_empty() {
            c.unwritten.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = match socket::write(socket, bytes) {
            Ok(sent) => sent.unwrap_or(0),
            Err(error) => return wrong(connection, format!("it cannot be written to: {error}")),
        };
        if sent < bytes.len() {
            c.unwritten.extend_from_slice(&bytes[sent..]);
            self.epoll.modify(socket, connection as u64, true)?;
        }
        Ok(())
    }

    fn writable(&mut self, connection: usize) -> Result {
        let c = &mut self.connections[connection];
        let Some(socket) = &c.socket else { return Ok(()) };
        if c.phase == Phase::Connecting {
            if let Err(error) = socket_error(socket).doing("SO_ERROR")? {
                return wrong(connection, format!("it cannot be made: {error}"));
            }
            c.phase = Phase::Upgrading;
            c.unwritten = self.request.clone();
        }
        match socket::write(socket, &c.unwritten) {
            Ok(sent) => drop(c.unwritten.drain(..sent.unwrap_or(0))),
            Err(error) => return wrong(connection, format!("it cannot be written to: {error}")),
        }
        if c.unwritten.is_empty() {
            self.epoll.modify(socket, connection as u64, false)?;
        }
        Ok(())
    }

    fn readable(&mut self, connection: usize, scenario: &mut impl Scenario) -> Result {
        let c = &mut self.connections[connection];
        let Some(socket) = &c.socket else { return Ok(()) };
        let kept = c.unread.len();
        let mut data = if kept == 0 { std::mem::take(&mut self.shared) } else { std::mem::take(&mut c.unread) };
        if kept > 0 {
            data.resize(kept + REST, 0);
        }
        let read = match socket::read(socket, &mut data[kept..]) {
            Ok(Some(0)) => return wrong(connection, format!("the server closed it in phase {:?}", c.phase)),
            Ok(read) => read.unwrap_or(0),
            Err(error) => return wrong(connection, format!("it cannot be read in phase {:?}: {error}", c.phase)),
        };
        let total = kept + read;
        let mut out = std::mem::take(&mut self.out);
        let mut other_out = std::mem::take(&mut self.other_out);
        let now = Instant::now();
        let mut io = Io { out: &mut out, other_out: &mut other_out, other: connection, now, close: false };
        let used = self.process(connection, &data[..total], scenario, &mut io)?;
        let (other, close) = (io.other, io.close);
        if kept > 0 {
            data.truncate(total);
            data.drain(..used);
            self.connections[connection].unread = data;
        } else {
            self.connections[connection].unread.extend_from_slice(&data[used..total]);
            self.shared = data;
        }
        self.finish(connection, out, other, other_out)?;
        if close {
            self.close(connection);
        }
        Ok(())
    }

    /// Handles the complete frames in `data`, and returns their total length.
    fn process(&mut self, connection: usize, data: &[u8], s: &mut impl Scenario, io: &mut Io<'_>) -> Result<usize> {
        let mut at = 0;
        if self.connections[connection].phase == Phase::Upgrading {
            let Some(end) = data.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(0) };
            let head = String::from_utf8_lossy(&data[..end]);
            if !head.starts_with("HTTP/1.1 101 ") || !head.contains(ACCEPT) {
                return wrong(connection, format!("no upgrade: {head}"));
            }
            at = end + 4;
            self.connections[connection].phase = Phase::Open;
        }
        loop {
            let frame = match frame::parse(&data[at..]) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(at),
                Err(what) => return wrong(connection, what),
            };
            let message = &data[at + frame.head..at + frame.head + frame.payload];
            at += frame.head + frame.payload;
            match frame.opcode {
                // Answers an Engine.IO ping with a pong.
                frame::TEXT if message == b"2" => frame::push(io.out, frame::TEXT, b"3"),
                frame::TEXT if self.connections[connection].phase == Phase::Ready => s.text(connection, message, io)?,
                frame::TEXT => self.handshake(connection, message, s, io)?,
                frame::BINARY => s.binary(connection, message, io)?,
                frame::PING => frame::push(io.out, frame::PONG, message),
                frame::PONG => {}
                frame::CLOSE => return wrong(connection, "a close frame"),
                other => return wrong(connection, format!("a frame with opcode {other}")),
            }
        }
    }

    fn handshake(&mut self, connection: usize, message: &[u8], s: &mut impl Scenario, io: &mut Io<'_>) -> Result {
        let phase = self.connections[connection].phase;
        let next = match phase {
            Phase::Open if message.starts_with(b"0{") => {
                frame::push(io.out, frame::TEXT, b"40");
                Phase::Open
            }
            Phase::Open if message.starts_with(b"40{") => match s.room(connection) {
                Some(room) => {
                    frame::push(io.out, frame::TEXT, format!("420[\"join\",\"{room}\"]").as_bytes());
                    Phase::Joining
                }
                None => Phase::Ready,
            },
            Phase::Joining if message.starts_with(b"430[") => Phase::Ready,
            // Other members of the room may already be sending.
            Phase::Joining => return s.text(connection, message, io),
            _ => return wrong(connection, format!("in phase {phase:?}: {}", excerpt(message))),
        };
        self.connections[connection].phase = next;
        if next == Phase::Ready {
            self.ready += 1;
            s.ready(connection, io);
        }
        Ok(())
    }
}
