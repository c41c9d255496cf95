//! Non-blocking sockets, and the epoll instance that reports which are ready.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

use rustix::event::{Timespec, epoll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with, sockopt};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::fault::{Doing, Fault, Result};

/// Raises the limit of open files to the maximum that the system allows.
pub fn raise_open_files() -> Result {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).doing("raising the limit of open files")
}

/// Starts connecting to 127.0.0.1. The source address rotates over 127.0.0.2 to 127.0.0.201, so that no address runs
/// out of ports. `receive_buffer` is in bytes.
pub fn open(port: u16, nth: u32, receive_buffer: Option<usize>) -> Result<TcpStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).doing("making a socket")?;
    sockopt::set_tcp_nodelay(&socket, true).doing("TCP_NODELAY")?;
    if let Some(bytes) = receive_buffer {
        sockopt::set_socket_recv_buffer_size(&socket, bytes).doing("SO_RCVBUF")?;
    }
    let source = Ipv4Addr::new(127, 0, 0, 2 + (nth % 200) as u8);
    bind(&socket, &SocketAddrV4::new(source, 0)).doing("binding a source address")?;
    match connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket.into()),
        Err(error) => Err(Fault::System { doing: "connecting", source: error.into() }),
    }
}

/// Reads once. Returns `None` if no data is available, and 0 at the end of the stream.
pub fn read(mut socket: &TcpStream, into: &mut [u8]) -> std::io::Result<Option<usize>> {
    unless_blocked(socket.read(into))
}

/// Writes once. Returns `None` if the send buffer is full or the socket is still connecting.
pub fn write(mut socket: &TcpStream, bytes: &[u8]) -> std::io::Result<Option<usize>> {
    unless_blocked(socket.write(bytes))
}

fn unless_blocked(done: std::io::Result<usize>) -> std::io::Result<Option<usize>> {
    use std::io::ErrorKind::{NotConnected, WouldBlock};
    match done {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), WouldBlock | NotConnected) => Ok(None),
        Err(error) => Err(error),
    }
}

pub struct Epoll {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    /// Polls without sleeping, so that the server does not spend time waking this process.
    spin: bool,
}

#[derive(Clone, Copy)]
pub struct Ready {
    pub token: u64,
    pub readable: bool,
    pub writable: bool,
}

impl Epoll {
    pub fn new() -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).doing("making an epoll")?;
        let spin = std::env::var_os("LOADGEN_SPIN").is_some();
        Ok(Self { epoll, events: Vec::with_capacity(1024), spin })
    }

    pub fn add(&self, socket: impl AsFd, token: u64, writes: bool) -> Result {
        epoll::add(&self.epoll, socket, epoll::EventData::new_u64(token), interest(writes)).doing("epoll add")
    }

    pub fn modify(&self, socket: impl AsFd, token: u64, writes: bool) -> Result {
        epoll::modify(&self.epoll, socket, epoll::EventData::new_u64(token), interest(writes)).doing("epoll modify")
    }

    pub fn remove(&self, socket: impl AsFd) -> Result {
        epoll::delete(&self.epoll, socket).doing("epoll delete")
    }

    /// Waits for events for at most `timeout`. [`ready`](Self::ready) then returns them.
    pub fn wait(&mut self, timeout: Duration) -> Result<usize> {
        let timeout = if self.spin { Duration::ZERO } else { timeout };
        let timeout = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: i64::from(timeout.subsec_nanos()) };
        self.events.clear();
        let room = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, room, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(self.events.len()),
            Err(error) => Err(Fault::System { doing: "epoll wait", source: error.into() }),
        }
    }

    pub fn ready(&self, i: usize) -> Ready {
        let epoll::Event { flags, data } = self.events[i];
        let readable = epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR;
        Ready {
            token: data.u64(),
            readable: flags.intersects(readable),
            writable: flags.contains(epoll::EventFlags::OUT),
        }
    }
}

fn interest(writes: bool) -> epoll::EventFlags {
    if writes { epoll::EventFlags::IN | epoll::EventFlags::OUT } else { epoll::EventFlags::IN }
}
