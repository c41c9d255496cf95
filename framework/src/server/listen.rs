//! A listener of the server's own: accepts TCP connections, and lets go of them in order.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::header::UPGRADE;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::handle::Handle;
use super::service::Body;
use crate::engine::ServeError;
use crate::engine::handshake::RemoteAddr;

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a shutdown waits for the last answers to leave.
const ANSWERS: Duration = Duration::from_secs(5);
/// How long to wait when the system can accept no more: connections that end make room.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until `signal` completes, then closes what is open.
pub(super) async fn accept(listener: TcpListener, handle: Handle, signal: impl Future<Output = ()> + Send + 'static) {
    let (stop, stopped) = watch::channel(false);
    // On a task of its own: polled by `block_on`, it would run beside the runtime's workers. In a set, which ends it
    // when this future is dropped.
    let mut accepting = JoinSet::new();
    accepting.spawn({
        let handle = handle.clone();
        async move {
            let mut signal = pin!(signal);
            loop {
                let accepted = tokio::select! {
                    () = &mut signal => break,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok((stream, address)) => {
                        // Small packets are the rule, and nobody profits from holding them back.
                        let _ = stream.set_nodelay(true);
                        let (handle, open, mut stopped) = (handle.clone(), stopped.clone(), stopped.clone());
                        tokio::spawn(async move {
                            let stopped = async { drop(stopped.wait_for(|stop| *stop).await) };
                            connection(stream, Some(address), handle, stopped).await;
                            drop(open);
                        });
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                }
            }
        }
    });
    // It ends by the signal only.
    accepting.join_next().await;
    stop.send_replace(true);
    handle.close().await;
    // The answers of the last polls are still on their way; each connection holds on to the channel.
    let _ = tokio::time::timeout(ANSWERS, stop.closed()).await;
}

/// Serves one connection; once `stopped` completes, it ends after the request under way.
pub(super) async fn connection<S>(
    stream: S,
    address: Option<SocketAddr>,
    handle: Handle,
    stopped: impl Future<Output = ()>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|mut request: Request<Incoming>| {
        if let Some(address) = address {
            request.extensions_mut().insert(RemoteAddr(address));
        }
        respond(handle.clone(), request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let mut stopped = pin!(stopped);
    let ended = tokio::select! {
        // How a connection ends is the client's affair.
        _ = &mut connection => true,
        () = &mut stopped => false,
    };
    if !ended {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

async fn respond(handle: Handle, request: Request<Incoming>) -> Result<Response<Body>, ServeError> {
    let service = handle.service();
    if !service.handles(request.uri().path()) && request.headers().contains_key(UPGRADE) {
        match handle.destroy_upgrade() {
            Some(delay) => tokio::time::sleep(delay).await,
            None => std::future::pending().await,
        }
        return Err(ServeError::UnhandledUpgrade);
    }
    service.respond(request).await
}
