//! The HTTP side: which request is which, who is let in, and how refusals are answered.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{ORIGIN, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body::Body;
use hyper::upgrade::OnUpgrade;

use super::answers::{Response, empty, refuse, refuse_upgrade, response};
use super::application::Application;
use super::close::CloseReason;
use super::error::{ConnectionError, ConnectionErrorKind};
use super::frame::Frame;
use super::handshake::{Handshake, RemoteAddr};
use super::open_packet::OpenPacket;
use super::options::{Options, Transport};
use super::polling::{self, Poll, Recipient};
use super::query::Query;
use super::revision::Revision;
use super::running::Running;
use super::session::Session;
use super::sid;
use super::state::Refusal;
use super::task::Task;
use super::upgrade::upgrade;
use super::websocket::{WebSocket, handshake};
use crate::observe;
use crate::sync::lock;

/// A request that gets no answer: its connection is to be closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A second POST arrived while this one was under way, which ended the session.
    #[error("the request was destroyed by an overlapping one")]
    Destroyed,
    /// An upgrade that nobody wanted (see [`Server::destroy_upgrade`](crate::Server::destroy_upgrade)).
    #[error("nobody handles this upgrade")]
    UnhandledUpgrade,
}

/// All sessions of a server.
pub(crate) struct Engine<A> {
    pub(crate) options: Options,
    application: A,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    open_packet: OpenPacket,
    running: Running,
    /// Whether newcomers are refused, because the server shuts down.
    leaving: AtomicBool,
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
            observed: observe::Server::new(),
        }
    }

    /// How many sessions are open.
    pub(crate) fn session_count(&self) -> usize {
        lock(&self.sessions).len()
    }

    /// Accepts no session from now on. The sessions that there are; they go on.
    pub(crate) fn leave(&self) -> Vec<Arc<Session>> {
        self.leaving.store(true, Ordering::Release);
        // Who looked before that and registers later looks again, under this lock.
        lock(&self.sessions).values().cloned().collect()
    }

    /// Ends all sessions and accepts none from now on. How many there were.
    pub(crate) fn close(&self) -> usize {
        let sessions = self.leave();
        for session in &sessions {
            session.end(CloseReason::ShuttingDown);
        }
        sessions.len()
    }

    /// Waits until every session, handlers included, has ended.
    pub(crate) async fn wait_idle(&self) {
        self.running.none().await;
    }

    /// How many sessions have not ended, handlers included.
    pub(crate) fn running_count(&self) -> usize {
        self.running.count()
    }

    /// Answers one request for the engine's path, of a peer at this address, if it is known.
    pub(crate) async fn handle<B>(
        self: &Arc<Self>,
        request: Request<B>,
        address: Option<SocketAddr>,
    ) -> Result<Response, ServeError>
    where
        B: Body,
    {
        let (mut parts, body) = request.into_parts();
        // An extension is two allocations: only where somebody could look at it.
        if let Some(address) = address
            && self.options.shows_requests()
        {
            parts.extensions.insert(RemoteAddr(address));
        }
        if let Some(headers) = self.options.cors.as_ref().and_then(|cors| cors.preflight(&parts)) {
            return Ok(response(StatusCode::NO_CONTENT, headers, Bytes::new()));
        }
        let upgrading = handshake::is_upgrade(&parts);
        let answer = if upgrading {
            self.upgrade(&mut parts, address).await.map(Answer::Ready).map_err(Failure::Refused)
        } else {
            self.exchange(&parts, address, body).await
        };
        let mut answer = match answer {
            Ok(Answer::Ready(answer)) => answer,
            Ok(Answer::Poll(poll)) => {
                self.let_go(&mut parts);
                poll.answer().await
            }
            Err(Failure::Destroyed) => return Err(ServeError::Destroyed),
            Err(Failure::Refused(kind)) => {
                self.observed.refused(&kind);
                let answer = if upgrading { refuse_upgrade(&kind) } else { refuse(&kind) };
                let error = ConnectionError { request: parts, kind };
                if let Some(hook) = &self.options.on_connection_error {
                    hook(&error);
                }
                parts = error.request;
                answer
            }
        };
        if let Some(cors) = &self.options.cors {
            cors.decorate(parts.headers.get(ORIGIN), answer.headers_mut());
        }
        if let Some(hook) = &self.options.headers {
            hook(answer.headers_mut(), &parts);
        }
        Ok(answer)
    }

    /// Frees what a request holds of hyper's read buffer, but for what its answer still takes from it.
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

    /// A plain HTTP request: a handshake, a poll, a payload.
    async fn exchange<B: Body>(
        self: &Arc<Self>,
        request: &Parts,
        address: Option<SocketAddr>,
        body: B,
    ) -> Result<Answer, Failure> {
        let query = Query::of(request);
        let transport = self.transport(&query)?;
        let Some(sid) = &query.sid else {
            return Ok(Answer::Ready(self.open_polling(request, address, &query, transport).await?));
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
            Method::POST => polling::post(session, request, body, &self.options).await.map(Answer::Ready),
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

    /// The revision that a request speaks, if it is allowed.
    fn revision(&self, query: &Query<'_>) -> Option<Revision> {
        Revision::of(query, cfg!(feature = "eio3") && self.options.allow_eio3)
    }

    /// Checks that a request speaks its session's revision, and gives it.
    fn check_revision(&self, query: &Query<'_>, session: &Session) -> Result<Revision, ConnectionErrorKind> {
        let same = |revision: &Revision| revision.is_three() == session.revision().is_three();
        self.revision(query).filter(same).ok_or(ConnectionErrorKind::ProtocolMismatch)
    }

    fn session(&self, sid: &str) -> Option<Arc<Session>> {
        lock(&self.sessions).get(sid).cloned()
    }

    /// Whether another session may be beside so many that are open.
    fn has_room(&self, open: impl FnOnce() -> usize) -> Result<(), ConnectionErrorKind> {
        if self.leaving.load(Ordering::Acquire) {
            return Err(ConnectionErrorKind::ShuttingDown);
        }
        self.options.admission.has_room(open)
    }

    /// Whether a new session may be opened by this request, its id and its revision.
    async fn admit(&self, request: &Parts, query: &Query<'_>) -> Result<(String, Revision), ConnectionErrorKind> {
        self.has_room(|| self.session_count())?;
        self.options.admission.in_time()?;
        if let Some(allow) = &self.options.allow_request {
            let admitted = allow(request);
            admitted.await.map_err(ConnectionErrorKind::Forbidden)?;
        }
        let revision = self.revision(query).ok_or(ConnectionErrorKind::UnsupportedProtocol)?;
        let sid = match &self.options.generate_id {
            None => sid::generate(),
            Some(generate) => generate(request).map_err(ConnectionErrorKind::IdGeneration)?,
        };
        Ok((sid, revision))
    }

    fn initial_packet(&self) -> Option<Vec<u8>> {
        self.options.initial_packet.as_ref().map(|initial| format!("4{initial}").into_bytes())
    }

    async fn open_polling(
        self: &Arc<Self>,
        request: &Parts,
        address: Option<SocketAddr>,
        query: &Query<'_>,
        transport: Transport,
    ) -> Result<Response, ConnectionErrorKind> {
        if request.method != Method::GET {
            return Err(ConnectionErrorKind::BadMethod);
        }
        if transport != Transport::Polling {
            return Err(ConnectionErrorKind::HandshakeMismatch);
        }
        let (sid, revision) = self.admit(request, query).await?;
        let open = self.open_packet.of(&sid, Transport::Polling);
        let cookie = self.options.cookie.as_ref().and_then(|cookie| cookie.header(&sid));
        let registered = self.register(sid, revision, Handshake::new(request, address), false)?;
        let span = registered.opened(Transport::Polling);
        tokio::spawn(span.instrument(self.clone().run_polling(registered)));
        let recipient = Recipient::of(request, &self.options);
        let mut answer = polling::opening(open, self.initial_packet(), revision, &recipient);
        answer.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        if let Some(hook) = &self.options.initial_headers {
            hook(answer.headers_mut(), request);
        }
        Ok(answer)
    }

    /// Makes a session known by its id. Fails when the id is in use: two sessions of one id could read each other.
    fn register(
        self: &Arc<Self>,
        sid: String,
        revision: Revision,
        handshake: Handshake,
        websocket: bool,
    ) -> Result<Registered<A>, ConnectionErrorKind> {
        let observed = self.observed.connection();
        let session = Session::new(sid.clone(), revision, handshake, websocket, self.options.queue, observed);
        let session = Arc::new(session);
        let mut sessions = lock(&self.sessions);
        self.has_room(|| sessions.len())?;
        match sessions.entry(sid) {
            Entry::Occupied(_) => return Err(ConnectionErrorKind::IdGeneration("the id is in use".into())),
            Entry::Vacant(vacant) => vacant.insert(session.clone()),
        };
        drop(sessions);
        Ok(Registered { engine: self.clone(), session })
    }

    /// The task of one session, from its opening to the end of all that it started.
    fn task(&self, registered: Registered<A>, websocket: Option<Box<WebSocket>>) -> Task<A::Connection, Registered<A>> {
        let session = registered.session.clone();
        let connection = self.application.connection(&session);
        Task::new(session, connection, registered, websocket, &self.options)
    }

    /// Runs a session that begins with long-polling.
    async fn run_polling(self: Arc<Self>, registered: Registered<A>) {
        let _running = self.running.one();
        self.task(registered, None).await;
    }

    /// An upgrade request: opens a session on a WebSocket, or takes over one.
    async fn upgrade(
        self: &Arc<Self>,
        request: &mut Parts,
        address: Option<SocketAddr>,
    ) -> Result<Response, ConnectionErrorKind> {
        let query = Query::of(request);
        let transport = self.transport(&query)?;
        if transport != Transport::WebSocket {
            return Err(ConnectionErrorKind::HandshakeMismatch);
        }
        let target = match &query.sid {
            None => {
                let (sid, revision) = self.admit(request, &query).await?;
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
                let registered = self.register(sid, revision, Handshake::new(request, address), true)?;
                let span = registered.opened(Transport::WebSocket);
                tokio::spawn(span.instrument(self.clone().open_websocket(registered, open, upgraded)));
            }
            Target::Open(session, revision) => {
                tokio::spawn(self.clone().take_over(session, revision, upgraded));
            }
        }
        Ok(answer)
    }

    /// Runs a session on a WebSocket from its handshake packet on.
    async fn open_websocket(self: Arc<Self>, registered: Registered<A>, open: Vec<u8>, upgraded: OnUpgrade) {
        let Ok(upgraded) = upgraded.await else { return };
        for packet in std::iter::once(open).chain(self.initial_packet()) {
            // Nothing has closed the session yet but a shutdown, which its task then sees.
            let _ = registered.session.push(&Frame::text(&packet), &[], false);
        }
        let revision = registered.session.revision();
        let websocket = Box::new(WebSocket::new(upgraded, revision, self.options.max_payload));
        let _running = self.running.one();
        self.task(registered, Some(websocket)).await;
    }

    /// Lets a WebSocket take over a long-polling session, if upgrades are allowed; else it is closed as one that
    /// comes too late.
    async fn take_over(self: Arc<Self>, session: Arc<Session>, revision: Revision, upgraded: OnUpgrade) {
        let Ok(upgraded) = upgraded.await else { return };
        let websocket = Box::new(WebSocket::new(upgraded, revision, self.options.max_payload));
        let patience = self.options.upgrade_timeout;
        if self.options.allow_upgrades {
            upgrade(session, websocket, patience).await;
        } else {
            websocket.into_closing(None, false).wait(patience).await;
        }
    }
}

/// How a request is answered.
enum Answer {
    Ready(Response),
    /// Once there is something to say.
    Poll(Poll),
}

/// Why a request gets no ordinary answer.
enum Failure {
    Refused(ConnectionErrorKind),
    /// Its connection is closed without an answer.
    Destroyed,
}

impl From<ConnectionErrorKind> for Failure {
    fn from(kind: ConnectionErrorKind) -> Self {
        Self::Refused(kind)
    }
}

/// What an upgrade request is for.
enum Target {
    /// A session of this id, which begins on the WebSocket.
    New(String, Revision),
    /// A session that is carried by long-polling so far.
    Open(Arc<Session>, Revision),
}

/// Keeps a session known by its id. Dropping it tells all who watch that the session has ended.
struct Registered<A> {
    engine: Arc<Engine<A>>,
    session: Arc<Session>,
}

impl<A> Registered<A> {
    /// It is open from now on.
    fn opened(&self, transport: Transport) -> observe::Span {
        self.session.observed.opened(transport, self.session.handshake().address())
    }
}

impl<A> Drop for Registered<A> {
    fn drop(&mut self) {
        lock(&self.engine.sessions).remove(self.session.id());
        // It has ended by now, unless its task panicked, went with its runtime, or was never begun.
        self.session.end(CloseReason::TransportError("the session's task is gone"));
        let (transport, reason) = self.session.state().ended();
        self.session.observed.closed(transport, &reason);
        self.session.watch.closed(&reason);
    }
}
