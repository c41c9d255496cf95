//! Opens sessions: checks whether a session may open, registers it under its id, and runs it to its end.

use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::Method;
use http::header::SET_COOKIE;
use http::request::Parts;
use hyper::upgrade::OnUpgrade;

use super::{Engine, Source};
use crate::engine::answers::Response;
use crate::engine::application::Application;
use crate::engine::close::CloseReason;
use crate::engine::error::ConnectionErrorKind;
use crate::engine::frame::Frame;
use crate::engine::handshake::Handshake;
use crate::engine::options::Transport;
use crate::engine::polling::{self, Recipient};
use crate::engine::query::Query;
use crate::engine::revision::Revision;
use crate::engine::session::Session;
use crate::engine::sid;
use crate::engine::task::Task;
use crate::engine::upgrade::upgrade;
use crate::engine::websocket::WebSocket;
use crate::observe;
use crate::sync::lock;

impl<A: Application> Engine<A> {
    /// Fails if the server is shutting down or the maximum number of sessions is open.
    fn has_room(&self, open: impl FnOnce() -> usize) -> Result<(), ConnectionErrorKind> {
        if self.leaving.load(Ordering::Acquire) {
            return Err(ConnectionErrorKind::ShuttingDown);
        }
        self.options.admission.has_room(open)
    }

    /// Decides whether this request may open a session. Returns the session's id and revision.
    pub(super) async fn admit(
        &self,
        request: &Parts,
        source: Source<'_>,
        query: &Query<'_>,
    ) -> Result<(String, Revision), ConnectionErrorKind> {
        if let Source::Connection { openings, .. } = source {
            openings.wait().await;
        }
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

    pub(super) async fn open_polling(
        self: &Arc<Self>,
        request: &Parts,
        source: Source<'_>,
        query: &Query<'_>,
        transport: Transport,
    ) -> Result<Response, ConnectionErrorKind> {
        if request.method != Method::GET {
            return Err(ConnectionErrorKind::BadMethod);
        }
        if transport != Transport::Polling {
            return Err(ConnectionErrorKind::HandshakeMismatch);
        }
        let (sid, revision) = self.admit(request, source, query).await?;
        let open = self.open_packet.of(&sid, Transport::Polling);
        let cookie = self.options.cookie.as_ref().and_then(|cookie| cookie.header(&sid));
        let registered = self.register(sid, revision, Handshake::new(request, source.address()), false)?;
        let span = registered.opened(Transport::Polling);
        tokio::spawn(span.instrument(self.clone().run_polling(registered)));
        let recipient = Recipient::of(request, &self.options);
        let mut answer = polling::opening(open, self.initial_packet(), revision, &recipient).await;
        answer.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        if let Some(hook) = &self.options.initial_headers {
            hook(answer.headers_mut(), request);
        }
        Ok(answer)
    }

    /// Registers a session under its id. Fails if the id is in use: two sessions with one id could read each other's
    /// packets.
    pub(super) fn register(
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

    /// The task that drives one session from its opening until everything that it started has ended.
    fn task(&self, registered: Registered<A>, websocket: Option<Box<WebSocket>>) -> Task<A::Connection, Registered<A>> {
        let session = registered.session.clone();
        let connection = self.application.connection(&session);
        Task::new(session, connection, registered, websocket, &self.options)
    }

    /// Runs a session that starts on long-polling.
    async fn run_polling(self: Arc<Self>, registered: Registered<A>) {
        let _running = self.running.one();
        self.task(registered, None).await;
    }

    /// Runs a session that starts on a WebSocket, including its open packet.
    pub(super) async fn open_websocket(self: Arc<Self>, registered: Registered<A>, open: Vec<u8>, upgraded: OnUpgrade) {
        let Ok(upgraded) = upgraded.await else { return };
        for packet in std::iter::once(open).chain(self.initial_packet()) {
            // At this point, only a shutdown can have closed the session; the task checks for that.
            let _ = registered.session.push(&Frame::text(&packet), &[], false);
        }
        let revision = registered.session.revision();
        let websocket = Box::new(WebSocket::new(upgraded, revision, self.options.max_payload));
        let _running = self.running.one();
        self.task(registered, Some(websocket)).await;
    }

    /// Upgrades a long-polling session to a WebSocket. If upgrades are not allowed, the WebSocket is closed like one
    /// that arrives too late.
    pub(super) async fn take_over(self: Arc<Self>, session: Arc<Session>, revision: Revision, upgraded: OnUpgrade) {
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

/// Keeps a session registered under its id. Dropping it reports the end of the session to all observers.
pub(super) struct Registered<A> {
    engine: Arc<Engine<A>>,
    session: Arc<Session>,
}

impl<A> Registered<A> {
    /// Reports that the session is open.
    pub(super) fn opened(&self, transport: Transport) -> observe::Span {
        self.session.observed.opened(transport, self.session.handshake().address())
    }
}

impl<A> Drop for Registered<A> {
    fn drop(&mut self) {
        lock(&self.engine.sessions).remove(self.session.id());
        // The session has already ended, unless its task panicked, was dropped with its runtime, or never started.
        self.session.end(CloseReason::TransportError("the session's task is gone"));
        let (transport, reason) = self.session.state().ended();
        self.session.observed.closed(transport, &reason);
        self.session.watch.closed(&reason);
    }
}
