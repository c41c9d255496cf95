//! The engine's HTTP endpoint: routes each request and builds its response.

mod opening;

use std::collections::HashMap;
use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body::Body;
use tokio::sync::Notify;

use super::admission::Openings;
use super::answers::{Response, empty, refuse, refuse_upgrade, response};
use super::application::Application;
use super::close::CloseReason;
use super::cross_origin::check_upgrade;
use super::error::{ConnectionError, ConnectionErrorKind};
use super::handshake::{Handshake, RemoteAddr};
use super::head;
use super::open_packet::OpenPacket;
use super::options::{Options, Transport};
use super::polling::{self, Poll};
use super::query::Query;
use super::revision::Revision;
use super::running::Running;
use super::session::Session;
use super::state::Refusal;
use super::upload::Upload;
use super::websocket::handshake;
use crate::observe;
use crate::sync::lock;

/// A request that gets no response. Close its connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The session ended while the body of this POST was being read, for example because of a second POST.
    #[error("cannot complete the request: its session ended")]
    Destroyed,
    /// No handler accepted this upgrade (see [`Server::destroy_upgrade`](crate::Server::destroy_upgrade)).
    #[error("nobody handles this upgrade")]
    UnhandledUpgrade,
}

/// How a request reached the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// Over a connection that the server serves itself. `address` is the peer's, if known.
    Connection { address: Option<SocketAddr>, openings: &'a Openings },
    /// Through another server in which this one is mounted.
    Mounted,
}

impl Source<'_> {
    fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Connection { address, .. } => address,
            Self::Mounted => None,
        }
    }
}

/// All sessions of a server.
pub(crate) struct Engine<A> {
    pub(crate) options: Options,
    application: A,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    open_packet: OpenPacket,
    running: Running,
    /// `true` when the server is shutting down and refuses new sessions.
    pub(super) leaving: AtomicBool,
    /// Notified when `leaving` is set.
    pub(super) left: Notify,
    pub(crate) observed: observe::Server,
}

impl<A: Application> Engine<A> {
    pub(crate) fn new(options: Options, application: A) -> Self {
        Self {
            open_packet: OpenPacket::new(&options),
            options,
            application,
            sessions: Mutex::default(),
            running: Running::default(),
            leaving: AtomicBool::new(false),
            left: Notify::new(),
            observed: observe::Server::new(),
        }
    }

    /// The number of open sessions.
    pub(crate) fn session_count(&self) -> usize {
        lock(&self.sessions).len()
    }

    /// Stops accepting sessions. Returns the open sessions, which continue.
    pub(crate) fn leave(&self) -> Vec<Arc<Session>> {
        self.leaving.store(true, Ordering::Release);
        self.left.notify_waiters();
        // A request that read `leaving` before it was set checks it again when it registers, under this lock.
        lock(&self.sessions).values().cloned().collect()
    }

    /// Ends all sessions and stops accepting new ones. Returns how many were open.
    pub(crate) fn close(&self) -> usize {
        let sessions = self.leave();
        for session in &sessions {
            session.end(CloseReason::ShuttingDown);
        }
        sessions.len()
    }

    /// Waits until all sessions and their handlers have ended.
    pub(crate) async fn wait_idle(&self) {
        self.running.none().await;
    }

    /// The number of sessions that have not ended, including their handlers.
    pub(crate) fn running_count(&self) -> usize {
        self.running.count()
    }

    /// Handles one request for the engine's path. Its head is borrowed because it is large to move between futures.
    pub(crate) async fn handle<B>(
        self: &Arc<Self>,
        parts: &mut Parts,
        body: B,
        source: Source<'_>,
    ) -> Result<Response, ServeError>
    where
        B: Body + Unpin + Send + 'static,
    {
        let mut upload = Upload::new(body);
        // An extension costs two allocations, so it is inserted only if a hook can read it.
        if let Some(address) = source.address()
            && self.options.shows_requests()
        {
            parts.extensions.insert(RemoteAddr(address));
        }
        let checked = self.check_head(parts, source);
        if checked.is_ok()
            && let Some(headers) = self.options.cors.as_ref().and_then(|cors| cors.preflight(parts))
        {
            return Ok(response(StatusCode::NO_CONTENT, headers, Bytes::new()));
        }
        let upgrading = handshake::is_upgrade(parts);
        let answer = match checked {
            Err(kind) => Err(Failure::Refused(kind)),
            Ok(()) if upgrading => self.upgrade(parts, source).await.map(Answer::Ready).map_err(Failure::Refused),
            Ok(()) => self.exchange(parts, source, &mut upload).await,
        };
        if upload.is_arriving(&parts.headers) {
            self.discard(upload);
        }
        let mut answer = match answer {
            Ok(Answer::Ready(answer)) => answer,
            Ok(Answer::Poll(poll)) => {
                self.let_go(parts);
                poll.answer().await
            }
            Err(Failure::Destroyed) => return Err(ServeError::Destroyed),
            Err(Failure::Refused(kind)) => {
                self.observed.refused(&kind);
                let answer = if upgrading { refuse_upgrade(&kind) } else { refuse(&kind) };
                if let Some(hook) = &self.options.on_connection_error {
                    let (nothing, ()) = Request::new(()).into_parts();
                    let error = ConnectionError { request: mem::replace(parts, nothing), kind };
                    hook(&error);
                    *parts = error.request;
                }
                answer
            }
        };
        if let Some(cors) = &self.options.cors {
            cors.decorate(parts.headers.get(ORIGIN), answer.headers_mut());
        }
        if let Some(hook) = &self.options.headers {
            hook(answer.headers_mut(), parts);
        }
        Ok(answer)
    }

    fn check_head(&self, request: &Parts, source: Source<'_>) -> Result<(), ConnectionErrorKind> {
        head::check_host(request)?;
        match source {
            Source::Connection { .. } => Ok(()),
            Source::Mounted => head::check_size(request, self.options.max_head),
        }
    }

    /// Drops the parts of the request that pin hyper's read buffer, except for those that its response still needs.
    fn let_go(&self, request: &mut Parts) {
        if self.options.headers.is_some() {
            return;
        }
        let mut kept = HeaderMap::new();
        if self.options.cors.is_some()
            && let Some(origin) = request.headers.get(ORIGIN)
            && let Ok(copy) = HeaderValue::from_bytes(origin.as_bytes())
        {
            kept.insert(ORIGIN, copy);
        }
        request.headers = kept;
        request.uri = Uri::default();
    }

    /// Handles a request that is not an upgrade: a handshake, a poll or a posted payload.
    async fn exchange<B: Body + Unpin>(
        self: &Arc<Self>,
        request: &Parts,
        source: Source<'_>,
        upload: &mut Upload<B>,
    ) -> Result<Answer, Failure> {
        let query = Query::of(request);
        let transport = self.transport(&query)?;
        let Some(sid) = &query.sid else {
            return Ok(Answer::Ready(self.open_polling(request, source, &query, transport).await?));
        };
        let unknown = || ConnectionErrorKind::UnknownSession { sid: sid.clone().into_owned() }.into();
        let session = self.session(sid).ok_or_else(unknown)?;
        let polling = session.state().is_polling();
        if transport != Transport::Polling || !polling {
            return Err(ConnectionErrorKind::TransportMismatch.into());
        }
        self.check_revision(&query, &session)?;
        let answer = match request.method {
            Method::GET => Poll::begin(session, request, &self.options).map(Answer::Poll),
            Method::POST => polling::post(session, request, upload, &self.options).await.map(Answer::Ready),
            _ => Ok(Answer::Ready(empty(StatusCode::INTERNAL_SERVER_ERROR))),
        };
        match answer {
            Ok(answer) => Ok(answer),
            Err(Refusal::Gone) => Err(unknown()),
            Err(Refusal::OtherTransport) => Err(ConnectionErrorKind::TransportMismatch.into()),
            Err(Refusal::Overlap) => Ok(Answer::Ready(empty(StatusCode::BAD_REQUEST))),
            Err(Refusal::Destroyed) => Err(Failure::Destroyed),
        }
    }

    fn transport(&self, query: &Query<'_>) -> Result<Transport, ConnectionErrorKind> {
        let named = query.transport.as_deref();
        let known = self.options.transports.iter().copied().find(|t| Some(t.name()) == named);
        known.ok_or_else(|| ConnectionErrorKind::UnknownTransport { transport: named.map(str::to_owned) })
    }

    /// Returns the revision of a request, or `None` if it is not allowed.
    fn revision(&self, query: &Query<'_>) -> Option<Revision> {
        Revision::of(query, cfg!(feature = "eio3") && self.options.allow_eio3)
    }

    /// Returns the revision of a request. Fails if its session was opened with another one.
    fn check_revision(&self, query: &Query<'_>, session: &Session) -> Result<Revision, ConnectionErrorKind> {
        let same = |revision: &Revision| revision.is_three() == session.revision().is_three();
        self.revision(query).filter(same).ok_or(ConnectionErrorKind::ProtocolMismatch)
    }

    fn session(&self, sid: &str) -> Option<Arc<Session>> {
        lock(&self.sessions).get(sid).cloned()
    }

    /// Handles an upgrade request: opens a session on a WebSocket, or upgrades an open session to it.
    async fn upgrade(
        self: &Arc<Self>,
        request: &mut Parts,
        source: Source<'_>,
    ) -> Result<Response, ConnectionErrorKind> {
        let query = Query::of(request);
        let transport = self.transport(&query)?;
        if transport != Transport::WebSocket {
            return Err(ConnectionErrorKind::HandshakeMismatch);
        }
        check_upgrade(request, &self.options)?;
        let target = match &query.sid {
            None => {
                let (sid, revision) = self.admit(request, source, &query).await?;
                Target::New(sid, revision)
            }
            Some(sid) => {
                let unknown = || ConnectionErrorKind::UnknownSession { sid: sid.clone().into_owned() };
                let session = self.session(sid).ok_or_else(unknown)?;
                let revision = self.check_revision(&query, &session)?;
                Target::Open(session, revision)
            }
        };
        if let Some(answer) = handshake::check(request) {
            return Ok(answer);
        }
        let (mut answer, upgraded) = handshake::accept(request).ok_or(ConnectionErrorKind::HandshakeMismatch)?;
        match target {
            Target::New(sid, revision) => {
                if let Some(hook) = &self.options.initial_headers {
                    hook(answer.headers_mut(), request);
                }
                let open = self.open_packet.of(&sid, Transport::WebSocket);
                let registered = self.register(sid, revision, Handshake::new(request, source.address()), true)?;
                let span = registered.opened(Transport::WebSocket);
                tokio::spawn(span.instrument(self.clone().open_websocket(registered, open, upgraded)));
            }
            Target::Open(session, revision) => {
                tokio::spawn(self.clone().take_over(session, revision, upgraded));
            }
        }
        Ok(answer)
    }
}

/// The response to a request.
enum Answer {
    Ready(Response),
    /// A response that is sent when packets are queued or the session closes.
    Poll(Poll),
}

/// Why a request gets no regular response.
enum Failure {
    Refused(ConnectionErrorKind),
    /// The connection is closed without a response.
    Destroyed,
}

impl From<ConnectionErrorKind> for Failure {
    fn from(kind: ConnectionErrorKind) -> Self {
        Self::Refused(kind)
    }
}

/// The session that an upgrade request is for.
enum Target {
    /// A new session with this id, opened on the WebSocket.
    New(String, Revision),
    /// An open session on long-polling.
    Open(Arc<Session>, Revision),
}
