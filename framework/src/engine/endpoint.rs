//! The HTTP side: which request is which, who is let in, and how refusals are answered.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    SET_COOKIE, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Version};
use http_body::Body;
use http_body_util::Full;
use hyper::upgrade::OnUpgrade;
use tokio::sync::watch;

use super::application::Application;
use super::close::CloseReason;
use super::error::{ConnectionError, ConnectionErrorKind};
use super::frame::Frame;
use super::handshake::Handshake;
use super::options::{Options, Transport};
use super::polling;
use super::session::Session;
use super::sid;
use super::state::Refusal;
use super::task::Task;
use super::upgrade::upgrade;
use super::websocket::WebSocket;
use crate::sync::lock;

/// The body of every answer.
pub(crate) type ResponseBody = Full<Bytes>;
pub(crate) type Response = http::Response<ResponseBody>;

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
    /// How many sessions have a task that has not ended.
    running: watch::Sender<usize>,
    closed: AtomicBool,
}

/// The parameters that Engine.IO reads from the query string; of a repeated one the last counts.
#[derive(Default)]
struct Query {
    version: Option<String>,
    transport: Option<String>,
    sid: Option<String>,
}

impl Query {
    fn of(request: &Parts) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "EIO" => query.version = Some(value.into_owned()),
                "transport" => query.transport = Some(value.into_owned()),
                "sid" => query.sid = Some(value.into_owned()),
                _ => {}
            }
        }
        query
    }
}

impl<A: Application> Engine<A> {
    pub(crate) fn new(options: Options, application: A) -> Self {
        Self {
            options,
            application,
            sessions: Mutex::default(),
            running: watch::Sender::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// How many sessions are open.
    pub(crate) fn session_count(&self) -> usize {
        lock(&self.sessions).len()
    }

    /// Ends all sessions and accepts none from now on.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let sessions: Vec<_> = lock(&self.sessions).values().cloned().collect();
        for session in sessions {
            session.end(CloseReason::ShuttingDown);
        }
    }

    /// Waits until every session, handlers included, has ended.
    pub(crate) async fn wait_idle(&self) {
        // The sender is ours, so waiting cannot fail.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }

    /// Answers one request for the engine's path.
    pub(crate) async fn handle<B>(self: Arc<Self>, request: Request<B>) -> Result<Response, ServeError>
    where
        B: Body,
    {
        let (mut parts, body) = request.into_parts();
        if let Some(headers) = self.options.cors.as_ref().and_then(|cors| cors.preflight(&parts)) {
            return Ok(response(StatusCode::NO_CONTENT, headers, Bytes::new()));
        }
        let upgrading = is_upgrade(&parts);
        let answer = if upgrading { self.upgrade(&mut parts).await } else { self.exchange(&parts, body).await? };
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(kind) => {
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
            cors.decorate(&parts, answer.headers_mut());
        }
        if let Some(hook) = &self.options.headers {
            hook(answer.headers_mut(), &parts);
        }
        Ok(answer)
    }

    /// A plain HTTP request: a handshake, a poll, a payload.
    async fn exchange<B: Body>(
        self: &Arc<Self>,
        request: &Parts,
        body: B,
    ) -> Result<Result<Response, ConnectionErrorKind>, ServeError> {
        let query = Query::of(request);
        let transport = match self.transport(&query) {
            Ok(transport) => transport,
            Err(kind) => return Ok(Err(kind)),
        };
        let Some(sid) = &query.sid else { return Ok(self.open_polling(request, &query, transport).await) };
        let Some(session) = self.session(sid) else {
            return Ok(Err(ConnectionErrorKind::UnknownSession { sid: sid.clone() }));
        };
        let polling = session.state().is_polling();
        if transport != Transport::Polling || !polling {
            return Ok(Err(ConnectionErrorKind::TransportMismatch));
        }
        if query.version.as_deref() != Some("4") {
            return Ok(Err(ConnectionErrorKind::ProtocolMismatch));
        }
        let answer = match request.method {
            Method::GET => polling::get(session, request, &self.options).await,
            Method::POST => polling::post(session, request, body, &self.options).await?,
            _ => Ok(empty(StatusCode::INTERNAL_SERVER_ERROR)),
        };
        Ok(match answer {
            Ok(answer) => Ok(answer),
            Err(Refusal::Gone) => Err(ConnectionErrorKind::UnknownSession { sid: sid.clone() }),
            Err(Refusal::OtherTransport) => Err(ConnectionErrorKind::TransportMismatch),
            Err(Refusal::Overlap) => Ok(empty(StatusCode::BAD_REQUEST)),
        })
    }

    fn transport(&self, query: &Query) -> Result<Transport, ConnectionErrorKind> {
        let named = query.transport.as_deref();
        let known = self.options.transports.iter().copied().find(|t| Some(t.name()) == named);
        known.ok_or_else(|| ConnectionErrorKind::UnknownTransport { transport: query.transport.clone() })
    }

    fn session(&self, sid: &str) -> Option<Arc<Session>> {
        lock(&self.sessions).get(sid).cloned()
    }

    /// Whether a new session may be opened by this request, and its id.
    async fn admit(&self, request: &Parts, query: &Query) -> Result<String, ConnectionErrorKind> {
        if let Some(admission) = &self.options.allow_request {
            let admitted = admission(request);
            admitted.await.map_err(ConnectionErrorKind::Forbidden)?;
        }
        if query.version.as_deref() != Some("4") {
            return Err(ConnectionErrorKind::UnsupportedProtocol);
        }
        match &self.options.generate_id {
            None => Ok(sid::generate()),
            Some(generate) => {
                let sid = generate(request).map_err(ConnectionErrorKind::IdGeneration)?;
                // Two sessions of one id could read each other.
                if self.session(&sid).is_some() {
                    return Err(ConnectionErrorKind::IdGeneration("the id is in use".into()));
                }
                Ok(sid)
            }
        }
    }

    async fn open_polling(
        self: &Arc<Self>,
        request: &Parts,
        query: &Query,
        transport: Transport,
    ) -> Result<Response, ConnectionErrorKind> {
        if request.method != Method::GET {
            return Err(ConnectionErrorKind::BadMethod);
        }
        if transport != Transport::Polling {
            return Err(ConnectionErrorKind::HandshakeMismatch);
        }
        let sid = self.admit(request, query).await?;
        if self.closed.load(Ordering::Acquire) {
            return Err(ConnectionErrorKind::Forbidden("Server shutting down".into()));
        }
        let mut body = self.open_packet(&sid, Transport::Polling).into_bytes();
        if let Some(initial) = &self.options.initial_packet {
            body.extend_from_slice(b"\x1e4");
            body.extend_from_slice(initial.as_bytes());
        }
        let cookie = self.options.cookie.as_ref().and_then(|cookie| cookie.header(&sid));
        let session = self.register(sid, Handshake::new(request), false);
        tokio::spawn(self.clone().drive(session, None));
        let mut answer = polling::text(body, request, &self.options);
        answer.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        if let Some(hook) = &self.options.initial_headers {
            hook(answer.headers_mut(), request);
        }
        Ok(answer)
    }

    /// The handshake packet, its keys in the reference's order.
    fn open_packet(&self, sid: &str, transport: Transport) -> String {
        let upgrades = self.options.allow_upgrades && transport == Transport::Polling;
        let upgrades = upgrades && self.options.transports.contains(&Transport::WebSocket);
        format!(
            "0{{\"sid\":{},\"upgrades\":[{}],\"pingInterval\":{},\"pingTimeout\":{},\"maxPayload\":{}}}",
            serde_json::Value::from(sid),
            if upgrades { "\"websocket\"" } else { "" },
            self.options.ping_interval.as_millis(),
            self.options.ping_timeout.as_millis(),
            self.options.max_payload,
        )
    }

    fn register(&self, sid: String, handshake: Handshake, websocket: bool) -> Arc<Session> {
        let session = Arc::new(Session::new(sid.clone(), handshake, websocket, self.options.queue));
        lock(&self.sessions).insert(sid, session.clone());
        if self.closed.load(Ordering::Acquire) {
            session.end(CloseReason::ShuttingDown);
        }
        session
    }

    /// The task of one session, from its opening to the end of all that it started.
    async fn drive(self: Arc<Self>, session: Arc<Session>, websocket: Option<Box<WebSocket>>) {
        self.running.send_modify(|running| *running += 1);
        let _running = Running(&self.running);
        let connection = self.application.connection(&session);
        let registered = Registered { engine: &*self, session: &session };
        let mut task = Task::new(session.clone(), connection, websocket, &self.options);
        let mut registered = Some(registered);
        std::future::poll_fn(|cx| {
            let poll = Pin::new(&mut task).poll(cx);
            if session.state().closed().is_some() {
                registered = None;
            }
            poll
        })
        .await;
    }

    /// An upgrade request: opens a session on a WebSocket, or takes over one.
    async fn upgrade(self: &Arc<Self>, request: &mut Parts) -> Result<Response, ConnectionErrorKind> {
        let query = Query::of(request);
        let transport = self.transport(&query)?;
        if transport != Transport::WebSocket {
            return Err(ConnectionErrorKind::HandshakeMismatch);
        }
        let session = match &query.sid {
            None => None,
            Some(sid) => {
                let unknown = || ConnectionErrorKind::UnknownSession { sid: sid.clone() };
                let session = self.session(sid).ok_or_else(unknown)?;
                if query.version.as_deref() != Some("4") {
                    return Err(ConnectionErrorKind::ProtocolMismatch);
                }
                Some(session)
            }
        };
        let sid = match session {
            Some(_) => None,
            None => Some(self.admit(request, &query).await?),
        };
        if self.closed.load(Ordering::Acquire) {
            return Ok(bare(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"));
        }
        if let Some(answer) = check_websocket(request) {
            return Ok(answer);
        }
        let (mut answer, upgraded) = accept(request).ok_or(ConnectionErrorKind::HandshakeMismatch)?;
        if let (None, Some(hook)) = (&session, &self.options.initial_headers) {
            hook(answer.headers_mut(), request);
        }
        let engine = self.clone();
        let handshake = Handshake::new(request);
        tokio::spawn(async move {
            let Ok(upgraded) = upgraded.await else { return };
            let max_payload = engine.options.max_payload;
            match (session, sid) {
                (Some(session), _) if engine.options.allow_upgrades => {
                    upgrade(session, upgraded, max_payload, engine.options.upgrade_timeout).await;
                }
                (None, Some(sid)) => {
                    let open = engine.open_packet(&sid, Transport::WebSocket);
                    let session = engine.register(sid, handshake, true);
                    let _ = session.push(&Frame::text(open.as_bytes()), &[], false);
                    if let Some(initial) = &engine.options.initial_packet {
                        let _ = session.push(&Frame::text(format!("4{initial}").as_bytes()), &[], false);
                    }
                    let websocket = Box::new(WebSocket::new(upgraded, max_payload));
                    engine.drive(session, Some(websocket)).await;
                }
                // Upgrades are not allowed: the connection is closed as any that comes too late.
                _ => {
                    let mut closing = WebSocket::new(upgraded, max_payload).into_closing(None, false);
                    let patience = engine.options.upgrade_timeout;
                    let _ = tokio::time::timeout(patience, std::future::poll_fn(|cx| closing.poll(cx))).await;
                }
            }
        });
        Ok(answer)
    }
}

/// Counts a task as running.
struct Running<'a>(&'a watch::Sender<usize>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

/// Keeps a session known by its id.
struct Registered<'a, A> {
    engine: &'a Engine<A>,
    session: &'a Session,
}

impl<A> Drop for Registered<'_, A> {
    fn drop(&mut self) {
        lock(&self.engine.sessions).remove(self.session.id());
    }
}

/// Whether the request asks for a WebSocket (RFC 6455, section 4.2.1). Without `Connection: Upgrade` it is a plain
/// request.
fn is_upgrade(request: &Parts) -> bool {
    let names = |header: HeaderName, token: &str| {
        let values = request.headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    names(UPGRADE, "websocket") && names(CONNECTION, "upgrade")
}

/// What is wrong with an upgrade as a WebSocket handshake (RFC 6455, section 4.2.1).
fn check_websocket(request: &Parts) -> Option<Response> {
    if request.method != Method::GET || request.version != Version::HTTP_11 {
        return Some(bare(StatusCode::BAD_REQUEST, "An upgrade is a GET request of HTTP/1.1"));
    }
    let refused = |name: &str| Some(bare(StatusCode::BAD_REQUEST, &format!("Missing or invalid {name} header")));
    if request.headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|v| v.as_bytes() != b"13") {
        let mut answer = refused("Sec-WebSocket-Version")?;
        answer.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13, 8"));
        return Some(answer);
    }
    let key = request.headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    // 16 bytes in base64.
    let valid = key.len() == 24 && key.ends_with(b"==");
    if valid { None } else { refused("Sec-WebSocket-Key") }
}

/// The 101 answer, and the connection once it has been sent. fastwebsockets computes the answer; the
/// connection is asked for first, to get the stream itself.
fn accept(parts: &mut Parts) -> Option<(Response, OnUpgrade)> {
    let mut request = Request::new(());
    std::mem::swap(request.headers_mut(), &mut parts.headers);
    std::mem::swap(request.extensions_mut(), &mut parts.extensions);
    let upgraded = hyper::upgrade::on(&mut request);
    let accepted = fastwebsockets::upgrade::upgrade(&mut request);
    std::mem::swap(request.headers_mut(), &mut parts.headers);
    std::mem::swap(request.extensions_mut(), &mut parts.extensions);
    let (answer, _) = accepted.ok()?;
    let mut headers = answer.into_parts().0.headers;
    // The reference selects the first subprotocol that is offered.
    let offered = parts.headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|p| p.to_str().ok());
    let first = offered.and_then(|p| p.split(',').next()).and_then(|p| HeaderValue::try_from(p.trim()).ok());
    headers.extend(first.filter(|p| !p.is_empty()).map(|p| (SEC_WEBSOCKET_PROTOCOL, p)));
    Some((response(StatusCode::SWITCHING_PROTOCOLS, headers, Bytes::new()), upgraded))
}

pub(super) fn response(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = http::Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(super) fn empty(status: StatusCode) -> Response {
    response(status, HeaderMap::new(), Bytes::new())
}

/// The refusal of a plain request: JSON with code and message.
fn refuse(kind: &ConnectionErrorKind) -> Response {
    let status = match kind {
        ConnectionErrorKind::Forbidden(_) => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    let message = serde_json::Value::from(kind.to_string());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response(status, headers, format!("{{\"code\":{},\"message\":{message}}}", kind.code()).into())
}

/// The refusal of an upgrade: the bare message, always with status 400.
fn refuse_upgrade(kind: &ConnectionErrorKind) -> Response {
    bare(StatusCode::BAD_REQUEST, &kind.to_string())
}

fn bare(status: StatusCode, text: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(CONTENT_LENGTH, text.len().into());
    response(status, headers, Bytes::copy_from_slice(text.as_bytes()))
}
