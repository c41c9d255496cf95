//! The server's own listener: accepts TCP connections and shuts them down gracefully.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use http::header::UPGRADE;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
#[cfg(any(target_os = "android", target_os = "linux"))]
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs, lookup_host};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::task::coop::has_budget_remaining;
use tokio::time::{Instant, Sleep, sleep};

use super::drain::ShutdownReport;
use super::handle::Handle;
use super::linger::linger;
use super::service::other;
use crate::engine::admission::Openings;
use crate::engine::error::ConnectionErrorKind;
use crate::engine::{Body, ServeError, Source};
use crate::observe;

/// The number of connections that may wait to be accepted. The system may have a lower limit. When a server restarts,
/// all of its clients connect at once; those that find the backlog full retry after 1, 3 and 7 seconds. The usual
/// default is 128.
const BACKLOG: u32 = 4096;
/// The amount of unsent data that the kernel buffers per connection. By default it buffers megabytes, in memory that
/// all connections share, and heartbeats have to wait behind that data.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNSENT: u32 = 128 * 1024;
/// How long a client may take to send the head of its first request. After that request, a client that is idle or sends
/// an incomplete head is closed after one to two times this time. hyper's own timer is exact, but costs a new timer per
/// request.
pub(super) const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a shutdown waits for the last responses to be sent.
const ANSWERS: Duration = Duration::from_secs(5);
/// The size of the read buffer of an HTTP connection, unless [`Server::max_head`](crate::Server::max_head) is larger.
const READ_AHEAD: usize = 32 * 1024;
/// How long to wait after a failed accept. Connections that end in the meantime free resources.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Listens on the first of these addresses that is available.
pub(super) async fn bind(addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "could not resolve to any address");
    for address in lookup_host(addresses).await? {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Allows a restarted server to use its port although connections of the previous process are still closing. On
    // Windows this is always possible, and the option would let two servers share a port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections until `ended` completes, then closes all connections.
pub(super) async fn accept(
    listener: TcpListener,
    handle: Handle,
    ended: impl Future<Output = ShutdownReport> + Send + 'static,
) -> ShutdownReport {
    if let Ok(address) = listener.local_addr() {
        observe::Server::listening(address);
    }
    let stop = Arc::new(watch::Sender::new(false));
    let places = Arc::new(Semaphore::new(handle.settings().max_http_connections.min(Semaphore::MAX_PERMITS)));
    // Spawned as a task, because a future polled by `block_on` would run outside of the runtime's workers. A `JoinSet`
    // aborts the task when this future is dropped.
    let mut accepting = JoinSet::new();
    accepting.spawn({
        let (handle, stop) = (handle.clone(), stop.clone());
        async move {
            let mut ended = pin!(ended);
            loop {
                let accepted = tokio::select! {
                    drained = &mut ended => return drained,
                    accepted = next(&listener, &places) => accepted,
                };
                match accepted {
                    Ok((stream, address, place)) => {
                        // Most packets are small, so delaying them would only add latency.
                        let _ = stream.set_nodelay(true);
                        #[cfg(any(target_os = "android", target_os = "linux"))]
                        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
                        let (handle, mut stop) = (handle.clone(), stop.subscribe());
                        tokio::spawn(async move {
                            let _place = place;
                            let mut idle = pin!(sleep(HEADER_TIMEOUT));
                            if is_used(&stream, &mut stop, idle.as_mut()).await {
                                // Boxed, so that a connection that sends nothing takes little memory.
                                Box::pin(connection(stream, Some(address), &handle, stop, idle)).await;
                            }
                        });
                    }
                    Err(_) => sleep(ACCEPT_PAUSE).await,
                }
            }
        }
    });
    // The task ends only by itself or with the runtime.
    let drained = accepting.join_next().await.and_then(Result::ok).unwrap_or_default();
    stop.send_replace(true);
    let closed = handle.close().await;
    // The responses to the last polls are still being sent. Each connection holds a receiver of the channel.
    let _ = tokio::time::timeout(ANSWERS, stop.closed()).await;
    ShutdownReport { cut: drained.cut + closed.cut, unfinished: closed.unfinished, ..drained }
}

/// Accepts the next connection when the limit allows one.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = if let Ok(place) = places.clone().try_acquire_owned() {
        place
    } else {
        observe::Server::full();
        places.clone().acquire_owned().await.map_err(io::Error::other)?
    };
    let (stream, address) = listener.accept().await?;
    Ok((stream, address, place))
}

/// Waits for the first bytes of a request. Returns `false` if none arrive.
///
/// hyper allocates a read buffer of 8 KiB before it reads. If thousands of clients connect at once, these buffers would
/// fragment the heap: the long-lived memory of their sessions would be allocated between them.
async fn is_used(stream: &TcpStream, stop: &mut watch::Receiver<bool>, idle: Pin<&mut Sleep>) -> bool {
    let mut peeked = false;
    let readable = poll_fn(|cx| {
        if !std::mem::replace(&mut peeked, true) {
            // A new stream is reported as ready although it is not. Later reports are correct.
            return stream.poll_peek(cx, &mut ReadBuf::new(&mut [0])).map(|read| matches!(read, Ok(1..)));
        }
        stream.poll_read_ready(cx).map(|ready| ready.is_ok())
    });
    tokio::select! {
        biased;
        readable = readable => readable,
        _ = stop.wait_for(|stop| *stop) => false,
        () = idle => false,
    }
}

/// Serves one connection until it has been idle for too long. When `stop` becomes `true`, the connection ends after the
/// current request.
pub(super) async fn connection<S>(
    stream: S,
    address: Option<SocketAddr>,
    handle: &Handle,
    mut stop: watch::Receiver<bool>,
    mut idle: Pin<&mut Sleep>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let exchanges = Exchanges::default();
    let openings = Openings::default();
    let source = Source::Connection { address, openings: &openings };
    let service = service_fn(|request| respond(handle, source, request, exchanges.begin()));
    let max_head = handle.engine().options.max_head;
    let mut http = http1::Builder::new();
    http.max_header_size(max_head).max_buf_size(READ_AHEAD.max(max_head));
    let mut connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let stopped = stop.clone();
    let mut stopping = pin!(stop.wait_for(|stop| *stop));
    let (mut seen, mut stops, mut waker) = (0, false, None::<Waker>);
    let ended = poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = Pin::new(&mut connection).poll(cx) {
                return Poll::Ready(ended);
            }
            // The other two futures are polled only the first time and when they may be ready. They rarely are, and a
            // connection is polled twice per request.
            let new = !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
            if new {
                waker = Some(cx.waker().clone());
            }
            if !stops && (new || !matches!(stopped.has_changed(), Ok(false))) && stopping.as_mut().poll(cx).is_ready() {
                stops = true;
                Pin::new(&mut connection).graceful_shutdown();
                continue;
            }
            if (new || idle.is_elapsed()) && idle.as_mut().poll(cx).is_ready() {
                if exchanges.is_idle_since(&mut seen) {
                    return Poll::Ready(Ok(()));
                }
                idle.as_mut().reset(Instant::now() + HEADER_TIMEOUT);
                waker = None;
                continue;
            }
            if !has_budget_remaining() {
                // The task is woken at once, and nothing is registered.
                waker = None;
            }
            return Poll::Pending;
        }
    })
    .await;
    // After every other error, the client cannot read a response, or has already received one.
    if ended.is_err_and(|error| error.is_parse_too_large()) {
        handle.engine().observed.refused(&ConnectionErrorKind::HeadTooLarge);
        if let Some(parts) = connection.into_parts() {
            linger(parts.io.into_inner()).await;
        }
    }
}

/// Counts the starts and ends of a connection's requests. An even number means that no request is in progress.
#[derive(Default)]
struct Exchanges(AtomicUsize);

/// A request in progress.
struct Exchange<'a>(&'a AtomicUsize);

impl Exchanges {
    fn begin(&self) -> Exchange<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Exchange(&self.0)
    }

    /// Returns `true` if no request is in progress and none has started or ended since the last call with `seen`.
    fn is_idle_since(&self, seen: &mut usize) -> bool {
        let count = self.0.load(Ordering::Relaxed);
        std::mem::replace(seen, count) == count && count.is_multiple_of(2)
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

async fn respond(
    handle: &Handle,
    source: Source<'_>,
    request: Request<Incoming>,
    _exchange: Exchange<'_>,
) -> Result<Response<Body>, ServeError> {
    let engine = handle.engine();
    let (mut parts, body) = request.into_parts();
    if engine.options.matches(parts.uri.path()) {
        return engine.handle(&mut parts, body, source).await;
    }
    if !parts.headers.contains_key(UPGRADE) {
        return Ok(other(engine, handle.settings().client_files.as_deref(), &parts, body).await);
    }
    match handle.settings().destroy_upgrade {
        Some(delay) => sleep(delay).await,
        None => pending().await,
    }
    Err(ServeError::UnhandledUpgrade)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;
    use crate::Server;

    fn connect(server: Server) -> DuplexStream {
        let (client, stream) = duplex(4096);
        let handle = server.build();
        tokio::spawn(async move { handle.serve_connection(stream, None).await });
        client
    }

    /// Reads until the server closes the connection.
    async fn rest(mut client: DuplexStream) -> String {
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_end_is_waited_for_once() {
        let (begun, mut client) = (Instant::now(), connect(Server::new()));
        client.write_all(b"GET /socket.io/ HTTP/1.1\r\nHost: a\r\n").await.unwrap();
        assert_eq!(rest(client).await, "");
        assert_eq!(begun.elapsed().as_secs(), HEADER_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_stays_idle_is_closed() {
        let (begun, mut client) = (Instant::now(), connect(Server::new()));
        client.write_all(b"GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert!(rest(client).await.starts_with("HTTP/1.1 404"));
        assert_eq!(begun.elapsed().as_secs(), 2 * HEADER_TIMEOUT.as_secs());
    }

    #[tokio::test]
    async fn many_connect_before_the_first_is_accepted() {
        // More than the default backlog, but not more than the lowest limit of common systems.
        const CLIENTS: usize = 400;
        let bound =
            std::fs::read_to_string("/proc/sys/net/core/somaxconn").map_or(0, |text| text.trim().parse().unwrap());
        if bound < CLIENTS {
            return;
        }
        let listener = bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(TcpStream::connect(address));
        }
        // If the backlog were full, connections would be retried without success, because no connection is accepted.
        let connected = timeout(Duration::from_secs(20), clients.join_all()).await.expect("a place for everybody");
        assert!(connected.iter().all(Result::is_ok));
    }

    #[tokio::test]
    async fn the_first_address_that_is_free_is_taken() {
        let taken = bind("127.0.0.1:0").await.unwrap().local_addr();
        let (first, second) = (bind("127.0.0.1:0").await.unwrap(), "127.0.0.1:0".parse().unwrap());
        let addresses = [first.local_addr().unwrap(), second];
        let listener = bind(&addresses[..]).await.unwrap();
        assert!(!addresses.contains(&listener.local_addr().unwrap()));
        assert_eq!(bind(addresses[0]).await.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        // A port can be listened on again at once.
        assert!(bind(taken.unwrap()).await.is_ok());
    }

    #[test]
    fn a_request_under_way_is_not_idle() {
        let (exchanges, mut seen) = (Exchanges::default(), 0);
        let exchange = exchanges.begin();
        assert!(!exchanges.is_idle_since(&mut seen));
        assert!(!exchanges.is_idle_since(&mut seen), "it has neither begun nor ended since");
        drop(exchange);
        assert!(!exchanges.is_idle_since(&mut seen), "it has ended since");
        assert!(exchanges.is_idle_since(&mut seen));
    }
}
