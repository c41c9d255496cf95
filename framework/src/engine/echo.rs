//! Echo servers for protocol test suites: one for Engine.IO sessions, one for plain WebSockets.

use std::fmt;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::Body;
use tokio::time::Instant;

use super::answers::{Response, empty};
use super::application::{Application, Connection, Violation};
use super::close::CloseReason;
use super::endpoint::{Engine, ServeError, Source};
use super::frame::Frame;
use super::options::Options;
use super::revision::Revision;
use super::session::Session;
use super::websocket::{Incoming, Received, WebSocket, handshake};

/// How long a closing WebSocket waits for the peer.
const LINGER: Duration = Duration::from_secs(5);

/// An Engine.IO server at `/engine.io/` that sends every message back.
#[derive(Clone)]
pub struct EngineEcho(Arc<Engine<Echo>>);

impl EngineEcho {
    /// Creates a server with these heartbeat settings. All other options have their defaults.
    pub fn new(ping_interval: Duration, ping_timeout: Duration) -> Self {
        let options = Options { path: "/engine.io".to_owned(), ping_interval, ping_timeout, ..Options::default() };
        Self(Arc::new(Engine::new(options, Echo)))
    }

    /// Handles one request.
    ///
    /// # Errors
    ///
    /// See [`ServeError`].
    pub async fn respond<B>(&self, request: Request<B>) -> Result<Response, ServeError>
    where
        B: Body + Unpin + Send + 'static,
    {
        let (mut parts, body) = request.into_parts();
        if self.0.options.matches(parts.uri.path()) {
            return self.0.handle(&mut parts, body, Source::Mounted).await;
        }
        Ok(empty(StatusCode::NOT_FOUND))
    }
}

impl fmt::Debug for EngineEcho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EngineEcho").finish_non_exhaustive()
    }
}

struct Echo;

impl Application for Echo {
    type Connection = EchoConnection;

    fn connection(&self, session: &Arc<Session>) -> EchoConnection {
        EchoConnection(session.clone())
    }
}

struct EchoConnection(Arc<Session>);

impl EchoConnection {
    fn send(&self, frame: &Frame) -> Result<(), Violation> {
        self.0.push(frame, &[], false).map_err(|_| Violation)
    }
}

impl Connection for EchoConnection {
    fn begin(&mut self, _: &mut Context<'_>) {}

    fn text(&mut self, message: &str, _: &mut Context<'_>) -> Result<(), Violation> {
        self.send(&Frame::text(format!("4{message}").as_bytes()))
    }

    fn binary(&mut self, message: Bytes, _: &mut Context<'_>) -> Result<(), Violation> {
        self.send(&Frame::binary(&message))
    }

    fn progress(&mut self, _: &mut Context<'_>) -> bool {
        false
    }

    fn has_room(&self) -> bool {
        true
    }

    fn is_behind(&self) -> bool {
        false
    }

    fn is_at_rest(&self) -> bool {
        true
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn on_deadline(&mut self) -> Result<(), Violation> {
        Ok(())
    }

    fn close(&mut self, _: &CloseReason) {}

    fn poll_finished(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// Opens a WebSocket on any path and sends every message back. A message longer than `max_payload` bytes closes it. Any
/// other request gets status 400.
pub fn websocket<B>(request: Request<B>, max_payload: usize) -> Response {
    let (mut request, _) = request.into_parts();
    if let Some(refusal) = handshake::check(&request) {
        return refusal;
    }
    let Some((answer, upgraded)) = handshake::accept(&mut request) else { return empty(StatusCode::BAD_REQUEST) };
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let mut websocket = Box::new(WebSocket::new(upgraded, Revision::Four, max_payload));
        if let Some(Close { code, peer_has_closed }) = poll_fn(|cx| poll_echo(&mut websocket, cx)).await {
            websocket.into_closing(code, peer_has_closed).wait(LINGER).await;
        }
    });
    answer
}

/// How a WebSocket is closed.
struct Close {
    code: Option<u16>,
    peer_has_closed: bool,
}

/// Sends messages back until the peer closes, violates the protocol, or is lost. Returns `None` if it is lost.
fn poll_echo(websocket: &mut WebSocket, cx: &mut Context<'_>) -> Poll<Option<Close>> {
    loop {
        // Reads nothing while a reply is unsent, so a peer that does not read cannot fill memory.
        if websocket.has_output() && ready!(websocket.poll_send(cx)).is_err() {
            return Poll::Ready(None);
        }
        let (mut answer, mut close) = (None, None);
        let received = websocket.poll_receive(cx, &mut |incoming, _| {
            match incoming {
                Incoming::Text(text) => answer = Some(Frame::text(text.as_bytes())),
                Incoming::Binary(data) => answer = Some(Frame::binary(&data)),
                Incoming::Close(code) => close = Some(Close { code, peer_has_closed: true }),
                Incoming::Ping(_) => {}
                Incoming::Pong | Incoming::Fragment => return ControlFlow::Continue(()),
            }
            ControlFlow::Break(())
        });
        if close.is_some() {
            return Poll::Ready(close);
        }
        match ready!(received) {
            Received::Paused => answer.iter().for_each(|answer| websocket.outgoing().push(answer)),
            Received::Lost => return Poll::Ready(None),
            Received::Violation(code) => {
                return Poll::Ready(Some(Close { code: Some(code.into()), peer_has_closed: false }));
            }
        }
    }
}
