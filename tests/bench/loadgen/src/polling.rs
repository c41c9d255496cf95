//! Echo over long-polling. Like a browser, each client has two keep-alive connections: one for polls, one for POSTs.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::exchange::Exchange;
use crate::fault::{Doing, Fault, Result, excerpt, wrong};
use crate::load::{self, Load};
use crate::message;
use crate::report::Line;
use crate::socket::{self, Epoll};

/// Separates the packets of a body.
const SEPARATOR: u8 = 0x1e;
/// Maximum number of clients that are connecting.
const AT_ONCE: usize = 32;

/// An HTTP connection of a client.
struct Lane {
    socket: TcpStream,
    unread: Vec<u8>,
    unwritten: Vec<u8>,
}

#[derive(PartialEq, Clone, Copy, Debug)]
enum Phase {
    Handshake,
    Connecting,
    Ready,
}

struct Client {
    /// The connections for GET and for POST.
    lanes: [Lane; 2],
    phase: Phase,
    /// The end of the request target: empty before the handshake, then the session's id.
    session: String,
    posting: bool,
    /// Packets for the next POST.
    queue: Vec<u8>,
}

const GET: usize = 0;
const POST: usize = 1;

struct Polling {
    epoll: Epoll,
    port: u16,
    window: usize,
    clients: Vec<Client>,
    exchange: Exchange,
    packets: Vec<Vec<u8>>,
    expected: Vec<u8>,
    ready: usize,
    shared: Vec<u8>,
}

impl Polling {
    fn open(&mut self) -> Result {
        let client = self.clients.len();
        let lane = |lane: usize| -> Result<Lane> {
            let socket = socket::open(self.port, std::process::id().wrapping_add(client as u32), None)?;
            // The socket becomes writable when it is connected.
            self.epoll.add(&socket, token(client, lane), true)?;
            Ok(Lane { socket, unread: Vec::new(), unwritten: Vec::new() })
        };
        let lanes = [lane(GET)?, lane(POST)?];
        let session = String::new();
        self.clients.push(Client { lanes, phase: Phase::Handshake, session, posting: false, queue: Vec::new() });
        self.get(client)
    }

    fn get(&mut self, client: usize) -> Result {
        let request = format!(
            "GET /socket.io/?EIO=4&transport=polling{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
            self.clients[client].session, self.port
        );
        self.send(client, GET, request.as_bytes())
    }

    /// Sends the queued packets, unless a POST is pending.
    fn post(&mut self, client: usize) -> Result {
        let c = &mut self.clients[client];
        if c.posting || c.queue.is_empty() {
            return Ok(());
        }
        c.posting = true;
        let mut request = format!(
            "POST /socket.io/?EIO=4&transport=polling{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
            c.session,
            self.port,
            c.queue.len()
        )
        .into_bytes();
        request.append(&mut c.queue);
        self.send(client, POST, &request)
    }

    fn send(&mut self, client: usize, lane: usize, bytes: &[u8]) -> Result {
        let l = &mut self.clients[client].lanes[lane];
        let sent =
            if l.unwritten.is_empty() { socket::write(&l.socket, bytes).doing("sending")?.unwrap_or(0) } else { 0 };
        if sent < bytes.len() {
            l.unwritten.extend_from_slice(&bytes[sent..]);
            self.epoll.modify(&l.socket, token(client, lane), true)?;
        }
        Ok(())
    }

    fn writable(&mut self, client: usize, lane: usize) -> Result {
        let l = &mut self.clients[client].lanes[lane];
        if !l.unwritten.is_empty() {
            let sent = socket::write(&l.socket, &l.unwritten).doing("sending")?.unwrap_or(0);
            l.unwritten.drain(..sent);
        }
        if l.unwritten.is_empty() {
            self.epoll.modify(&l.socket, token(client, lane), false)?;
        }
        Ok(())
    }

    fn readable(&mut self, client: usize, lane: usize) -> Result {
        let l = &mut self.clients[client].lanes[lane];
        match socket::read(&l.socket, &mut self.shared).doing("reading")? {
            None => return Ok(()),
            Some(0) => return wrong(client, "the server closed it"),
            Some(read) => l.unread.extend_from_slice(&self.shared[..read]),
        }
        loop {
            let l = &mut self.clients[client].lanes[lane];
            let Some((response, used)) = Response::parse(&l.unread).or_else(|what| wrong(client, what))? else {
                return Ok(());
            };
            l.unread.drain(..used);
            if response.status != 200 {
                return wrong(client, format!("status {}: {}", response.status, excerpt(&response.body)));
            }
            self.answered(client, lane, &response.body)?;
        }
    }

    fn answered(&mut self, client: usize, lane: usize, body: &[u8]) -> Result {
        let c = &mut self.clients[client];
        if lane == POST {
            c.posting = false;
            if !body.eq_ignore_ascii_case(b"ok") {
                return wrong(client, format!("a POST is answered {}", excerpt(body)));
            }
            return self.post(client);
        }
        if c.phase == Phase::Handshake {
            let text = String::from_utf8_lossy(body);
            let sid = text.strip_prefix("0{").and_then(|text| text.split("\"sid\":\"").nth(1));
            let Some(sid) = sid.and_then(|sid| sid.split('"').next()) else {
                return wrong(client, format!("the handshake is answered {text}"));
            };
            c.session = format!("&sid={sid}");
            c.phase = Phase::Connecting;
            c.queue.extend_from_slice(b"40");
            self.post(client)?;
            return self.get(client);
        }
        self.get(client)?;
        for packet in body.split(|byte| *byte == SEPARATOR) {
            self.packet(client, packet)?;
        }
        self.post(client)
    }

    fn packet(&mut self, client: usize, packet: &[u8]) -> Result {
        let c = &mut self.clients[client];
        match (c.phase, packet) {
            (_, b"6") => {}
            (_, b"2") => self.push(client, b"3"),
            (Phase::Connecting, packet) if packet.starts_with(b"40{") => {
                c.phase = Phase::Ready;
                self.ready += 1;
            }
            (Phase::Ready, packet) => {
                let now = Instant::now();
                match packet.strip_prefix(b"43").and_then(<[u8]>::split_first_chunk::<4>) {
                    Some((id, payload)) if payload == self.expected => {
                        let slot = self.exchange.ack(client, id, now)?;
                        self.emit(client, slot, now);
                    }
                    _ => return wrong(client, format!("not the ack that is awaited: {}", excerpt(packet))),
                }
            }
            (phase, packet) => return wrong(client, format!("in phase {phase:?}: {}", excerpt(packet))),
        }
        Ok(())
    }

    fn emit(&mut self, client: usize, slot: usize, now: Instant) {
        if let Some(nth) = self.exchange.send(client, slot, now) {
            let packet = std::mem::take(&mut self.packets[nth]);
            self.push(client, &packet);
            self.packets[nth] = packet;
        }
    }

    fn push(&mut self, client: usize, packet: &[u8]) {
        let queue = &mut self.clients[client].queue;
        if !queue.is_empty() {
            queue.push(SEPARATOR);
        }
        queue.extend_from_slice(packet);
    }
}

fn token(client: usize, lane: usize) -> u64 {
    (client * 2 + lane) as u64
}

impl Load for Polling {
    fn poll(&mut self, timeout: Duration) -> Result {
        for i in 0..self.epoll.wait(timeout)? {
            let ready = self.epoll.ready(i);
            let (client, lane) = (ready.token as usize / 2, ready.token as usize % 2);
            if ready.writable {
                self.writable(client, lane)?;
            }
            if ready.readable {
                self.readable(client, lane)?;
            }
        }
        Ok(())
    }

    fn measure(&mut self, on: bool) {
        self.exchange.measure(on);
    }

    fn stop(&mut self) {
        self.exchange.stop();
    }

    fn complete(&self) -> bool {
        self.exchange.complete()
    }

    fn outstanding(&self) -> u64 {
        self.exchange.outstanding()
    }
}

struct Response {
    status: u16,
    body: Vec<u8>,
}

impl Response {
    /// Parses a response at the start of `bytes`. Returns it with its length, or `None` if it is incomplete.
    fn parse(bytes: &[u8]) -> std::result::Result<Option<(Self, usize)>, String> {
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.strip_prefix("http/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| format!("no HTTP response: {head}"))?;
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let mut at = end + 4;
        if field("transfer-encoding:").is_none() {
            let length: usize =
                field("content-length:").and_then(|n| n.parse().ok()).ok_or("a response of no length")?;
            let body = bytes.get(at..at + length);
            return Ok(body.map(|body| (Self { status, body: body.to_vec() }, at + length)));
        }
        let mut body = Vec::new();
        loop {
            let Some(line) = bytes[at..].windows(2).position(|w| w == b"\r\n") else { return Ok(None) };
            let size = std::str::from_utf8(&bytes[at..at + line]).ok();
            let size = size.and_then(|size| usize::from_str_radix(size.trim(), 16).ok()).ok_or("a bad chunk")?;
            at += line + 2;
            let Some(chunk) = bytes.get(at..at + size + 2) else { return Ok(None) };
            body.extend_from_slice(&chunk[..size]);
            at += size + 2;
            if size == 0 {
                return Ok(Some((Self { status, body }, at)));
            }
        }
    }
}

pub fn run(a: &Arguments) -> Result<Line> {
    let text = String::from_utf8_lossy(&message::text(a.size)).into_owned();
    let mut polling = Polling {
        epoll: Epoll::new()?,
        port: a.port,
        window: a.window,
        clients: Vec::new(),
        exchange: Exchange::new(a),
        packets: Exchange::ids(a.window).map(|id| format!("42{id}[\"echo\",\"{text}\"]").into_bytes()).collect(),
        expected: format!("[\"{text}\"]").into_bytes(),
        ready: 0,
        shared: vec![0; 512 * 1024],
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while polling.ready < a.connections {
        while polling.clients.len() < a.connections.min(polling.ready + AT_ONCE) {
            polling.open()?;
        }
        polling.poll(Duration::from_millis(100))?;
        if Instant::now() > deadline {
            return Err(Fault::Late(format!("{} of {} clients after 60 s", polling.ready, a.connections)));
        }
    }
    let now = Instant::now();
    for client in 0..a.connections {
        for slot in 0..polling.window {
            polling.emit(client, slot, now);
        }
        polling.post(client)?;
    }
    let usage = load::measure(a, &mut polling)?;
    let exchange = &polling.exchange;
    Ok(exchange.describe(Line::begin(a)).usage(exchange.counted, &usage))
}
