//! One tokio task per connection, with a queue of frames that other tasks can add to.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use fastwebsockets::{OpCode, Role, WebSocketRead, WebSocketWrite, after_handshake_split};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::contract::{Act, BACKLOG, Frame, OPEN, PING, PING_INTERVAL, State};
use crate::polling;
use crate::queue::Queue;

struct Connection {
    write: OwnedWriteHalf,
    outbox: Mutex<Outbox>,
}

#[derive(Default)]
struct Outbox {
    queue: Queue,
    /// `true` if the task is running or has been woken.
    awake: bool,
    task: Option<Waker>,
}

static ROOM: Mutex<Vec<Arc<Connection>>> = Mutex::new(Vec::new());

/// Locks a mutex and ignores poisoning, because no code panics while it holds a lock.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    fn push(&self, frame: &Frame) {
        let mut outbox = lock(&self.outbox);
        outbox.queue.push(frame.bytes.clone());
        if !outbox.awake {
            outbox.awake = true;
            if let Some(task) = outbox.task.take() {
                drop(outbox);
                task.wake();
            }
        }
    }

    /// Writes as much as the socket accepts, before the task waits.
    fn flush(&self, cx: &mut Context<'_>) {
        let mut outbox = lock(&self.outbox);
        let socket = self.write.as_ref();
        loop {
            match outbox.queue.write(|slices| socket.try_write_vectored(slices)) {
                Ok(()) => {
                    outbox.awake = false;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if socket.poll_write_ready(cx).is_pending() {
                        break;
                    }
                }
                Err(_) => {
                    outbox.queue.clear();
                    break;
                }
            }
        }
        outbox.task = Some(cx.waker().clone());
    }

    /// Handles a frame. Returns `false` to close the connection.
    fn handle(self: &Arc<Self>, state: &mut State, opcode: OpCode, payload: &[u8]) -> bool {
        match opcode {
            OpCode::Text => match state.text(payload) {
                Act::Nothing => {}
                Act::Reply(frame) => self.push(&frame),
                Act::Join(frame) => {
                    lock(&ROOM).push(self.clone());
                    self.push(&frame);
                }
                Act::Say(frame) => lock(&ROOM).iter().for_each(|member| member.push(&frame)),
            },
            OpCode::Binary => state.binary(payload).iter().flatten().for_each(|frame| self.push(frame)),
            OpCode::Close => return false,
            _ => {}
        }
        true
    }

    async fn run(self: &Arc<Self>, read: OwnedReadHalf) {
        // `flush` writes the frames, so the write half of fastwebsockets is unused.
        let (mut reader, _): (WebSocketRead<_>, WebSocketWrite<tokio::io::Sink>) =
            after_handshake_split(read, tokio::io::sink(), Role::Server);
        reader.set_auto_pong(false);
        reader.set_auto_close(false);
        let mut state = State::default();
        let mut unused = async |_: fastwebsockets::Frame<'_>| Ok::<(), Infallible>(());
        loop {
            let mut read = pin!(reader.read_frame(&mut unused));
            // Reading a frame is not cancel-safe, so it is polled to completion, with a flush before each wait.
            let frame = poll_fn(|cx| {
                let frame = read.as_mut().poll(cx);
                if frame.is_pending() {
                    self.flush(cx);
                }
                frame
            });
            match frame.await {
                Ok(frame) if self.handle(&mut state, frame.opcode, &frame.payload) => {}
                _ => return,
            }
        }
    }
}

async fn serve_websocket(stream: TcpStream) {
    let (read, write) = stream.into_split();
    let connection = Arc::new(Connection { write, outbox: Mutex::default() });
    connection.push(&Frame::text(OPEN));
    connection.run(read).await;
    lock(&ROOM).retain(|member| !Arc::ptr_eq(member, &connection));
}

async fn respond(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if !request.headers().contains_key("sec-websocket-key") {
        return Ok(polling::respond(request).await);
    }
    // hyper's upgrade gives access to the TcpStream; that of fastwebsockets would hide it.
    let upgraded = hyper::upgrade::on(&mut request);
    let Ok((response, _)) = fastwebsockets::upgrade::upgrade(&mut request) else {
        return Ok(polling::bad_request());
    };
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else { return };
        // Even when empty, it keeps hyper's buffer of 8 KiB allocated.
        drop(parts.read_buf);
        serve_websocket(parts.io.into_inner()).await;
    });
    Ok(response.map(|_| Full::default()))
}

async fn accept(listener: TcpListener) {
    tokio::spawn(async {
        let ping = Frame::text(PING);
        let mut pings = tokio::time::interval(Duration::from_secs(PING_INTERVAL));
        pings.tick().await;
        loop {
            pings.tick().await;
            lock(&ROOM).iter().for_each(|member| member.push(&ping));
        }
    });
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // A failure affects only the measurement.
        let _ = stream.set_nodelay(true);
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(respond)).with_upgrades());
    }
}

#[tokio::main]
pub async fn serve(port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    rustix::net::listen(&listener, BACKLOG)?;
    // Spawned, so that it runs on a worker thread like the connections.
    Ok(tokio::spawn(accept(listener)).await?)
}
