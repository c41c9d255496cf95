//! Servers that send every message back: over Engine.IO, and over plain WebSocket.

use std::convert::Infallible;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use switchboard::Body;
use switchboard::internals::echo::{self, EngineEcho};
use tokio::net::TcpListener;

use crate::{Error, PING_INTERVAL, PING_TIMEOUT};

/// Autobahn's longest messages are 16 MiB.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

pub(super) async fn engine(port: u16) -> Result<(), Error> {
    let echo = EngineEcho::new(PING_INTERVAL, PING_TIMEOUT);
    serve(port, move |request| {
        let echo = echo.clone();
        async move { echo.respond(request).await }
    })
    .await
}

pub(super) async fn websocket(port: u16) -> Result<(), Error> {
    serve(port, |request| async { Ok::<_, Infallible>(echo::websocket(request, MAX_MESSAGE)) }).await
}

async fn serve<F, R, E>(port: u16, respond: F) -> Result<(), Error>
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + 'static,
    R: Future<Output = Result<Response<Body>, E>> + Send + 'static,
    E: Into<Error>,
{
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening {}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = service_fn(respond.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // The suite decides how a connection ends.
            drop(connection.with_upgrades().await);
        });
    }
}
