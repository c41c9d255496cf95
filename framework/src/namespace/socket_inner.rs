//! A client in one namespace, without the application's types.

mod joined_rooms;
mod lifecycle;
mod rooms;

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::connection::Shared;
use super::error::{EmitError, HandlerError, HandlerErrorKind};
use super::event_queue::{Inbox, MORE};
use super::namespace_state::Hub;
use super::pending_acks::Acks;
use super::rate_limit_state::Allowance;
use super::reason::DisconnectReason;
use super::recovery::Recoverable;
use super::socket_extras::{OUTGOING, Runtime};
use super::socket_set::Place;
use crate::engine::session::Session;
use crate::engine::state::PushError;
use crate::protocol::encode::{Answer, Encoded};
use crate::sync::lock;
use crate::wire::Payload;
use joined_rooms::JoinedRooms;
pub(crate) use rooms::MaxRooms;

/// Limit of running `concurrent` handlers. At the limit, the connection is not read.
const MAX_CONCURRENT: usize = 64;
/// Limit of packets that are held until the reply to the CONNECT packet.
const MAX_HELD: usize = 1024;

/// The state that the sockets of one connection share.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) session: Arc<Session>,
    /// Set when the server closes the connection. All namespaces are disconnected first.
    pub(super) closing: AtomicBool,
    /// The number of running `concurrent` handlers of all sockets.
    pub(super) concurrent: AtomicUsize,
}

/// A client in one namespace.
pub(crate) struct RawSocket {
    id: Arc<str>,
    pub(super) hub: Arc<Hub>,
    pub(super) link: Arc<Link>,
    pub(super) shared: Arc<Shared>,
    auth: Option<Box<str>>,
    phase: AtomicU8,
    belongings: Mutex<Belongings>,
    pub(super) inbox: Inbox,
    /// The server disconnected the socket. The client may not know this yet.
    dismissed: AtomicBool,
    concurrent: AtomicUsize,
    pub(super) acks: Acks,
    session: OnceLock<Arc<dyn Any + Send + Sync>>,
    pub(super) allowance: Allowance,
    /// Set if recovery is enabled.
    pub(super) recovery: Option<Box<Recoverable>>,
    pub(super) runtime: Runtime,
}

const CONNECTING: u8 = 0;
const CONNECTED: u8 = 1;
const GONE: u8 = 2;

/// The state of a socket that changes while it is connected.
#[derive(Debug, Default)]
struct Belongings {
    /// Its place among all sockets of the namespace.
    place: Option<Place>,
    rooms: JoinedRooms,
    /// The total length of the rooms' names, in bytes.
    name_bytes: u32,
    /// Set if the socket has left the room of its own id.
    left_own_room: bool,
    /// Set if the socket must be disconnected as soon as it is connected.
    unwanted: bool,
    /// Set once the `disconnecting` hooks have been started.
    leaving: bool,
    /// Packets that were emitted before the connect reply, and are sent after it.
    held: Vec<Encoded>,
    /// The rooms that the socket was in when it was disconnected, without the room of its own id.
    last_rooms: Vec<String>,
    /// The reason for the disconnection.
    ended: Option<DisconnectReason>,
}

impl RawSocket {
    pub(super) fn new(
        id: Arc<str>,
        hub: Arc<Hub>,
        link: Arc<Link>,
        shared: Arc<Shared>,
        auth: Option<&str>,
        recovery: Option<Box<Recoverable>>,
    ) -> Self {
        Self {
            id,
            hub,
            link,
            shared,
            auth: auth.map(Into::into),
            phase: AtomicU8::new(CONNECTING),
            belongings: Mutex::default(),
            inbox: Inbox::default(),
            dismissed: AtomicBool::new(false),
            concurrent: AtomicUsize::new(0),
            acks: Acks::default(),
            session: OnceLock::new(),
            allowance: Allowance::default(),
            recovery,
            runtime: Runtime::default(),
        }
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    pub(super) fn auth(&self) -> Option<&str> {
        self.auth.as_deref()
    }

    /// Returns the number of bytes sent by the client that the socket stores.
    pub(super) fn kept(&self) -> usize {
        let path = if self.hub.is_child() { self.hub.path().len() } else { 0 };
        path + self.auth().map_or(0, str::len)
    }

    pub(super) fn session(&self) -> Option<&(dyn Any + Send + Sync)> {
        self.session.get().map(|session| &**session)
    }

    pub(super) fn shared_session(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.session.get().cloned()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.phase.load(Ordering::Acquire) == CONNECTED
    }

    pub(super) fn is_connecting(&self) -> bool {
        self.phase.load(Ordering::Acquire) == CONNECTING
    }

    pub(super) fn is_gone(&self) -> bool {
        self.phase.load(Ordering::Acquire) == GONE
    }

    // ---- sending ----

    /// Calls the listeners for outgoing events.
    #[inline]
    pub(super) fn tell_of(self: &Arc<Self>, packet: &Encoded) {
        if self.has_outgoing() {
            self.tell_outgoing(packet);
        }
    }

    /// Returns `true` if the socket has listeners for outgoing events.
    #[inline]
    pub(super) fn has_outgoing(&self) -> bool {
        self.runtime.has(OUTGOING)
    }

    /// Sends an event to this socket only.
    pub(super) fn emit(self: &Arc<Self>, packet: &Encoded, volatile: bool) -> Result<(), EmitError> {
        if !self.is_gone() {
            self.tell_of(packet);
        }
        if let Some(number) = packet.number
            && let Some(ledger) = self.ledger()
        {
            return self.emit_in_order(ledger, number, packet);
        }
        self.send(packet, volatile)
    }

    pub(super) fn send(&self, packet: &Encoded, volatile: bool) -> Result<(), EmitError> {
        if !self.is_connected() {
            return self.hold(packet, volatile);
        }
        Ok(self.link.session.push(&packet.head, &packet.attachments, volatile)?)
    }

    /// Acknowledges an event of the client. Returns `false` if the client is disconnected, or its queue is full.
    #[inline(always)]
    pub(super) fn answer(&self, answer: Answer) -> bool {
        let Encoded { head, attachments, .. } = answer.behind(self.hub.prefix());
        // A socket that has received an event is connected, so the packet need not be held.
        let sent = self.is_connected() && self.link.session.push(&head, &attachments, false).is_ok();
        self.hub.observed.ack_sent();
        if attachments.capacity() == 0 {
            // Skips the drop of an empty list, which would cost a call.
            std::mem::forget(attachments);
        }
        sent
    }

    /// Sends a broadcast's packet to this socket. Returns `None` if the socket is not connected: a connecting socket
    /// may be in rooms already, but receives nothing yet.
    pub(super) fn broadcast(self: &Arc<Self>, packet: &Encoded, volatile: bool) -> Option<Result<(), PushError>> {
        self.is_connected().then(|| {
            self.tell_of(packet);
            self.link.session.push_held(&packet.head, &packet.attachments, volatile)
        })
    }

    /// Like [`broadcast`](Self::broadcast), for an event that requests an acknowledgement. It is sent at once, because
    /// the caller is waiting.
    pub(super) fn ask(self: &Arc<Self>, packet: &Encoded, volatile: bool) -> Option<Result<(), PushError>> {
        self.is_connected().then(|| {
            self.tell_of(packet);
            self.link.session.push(&packet.head, &packet.attachments, volatile)
        })
    }

    /// Holds a packet until the reply to the CONNECT packet is sent.
    pub(super) fn hold(&self, packet: &Encoded, volatile: bool) -> Result<(), EmitError> {
        let mut belongings = lock(&self.belongings);
        match self.phase.load(Ordering::Acquire) {
            CONNECTING if volatile => Err(EmitError::Dropped),
            CONNECTING if belongings.held.len() >= MAX_HELD => Err(EmitError::QueueFull),
            CONNECTING => {
                belongings.held.push(packet.clone());
                Ok(())
            }
            // The socket was connected while this call waited for the lock.
            CONNECTED => Ok(self.link.session.push(&packet.head, &packet.attachments, volatile)?),
            _ => Err(EmitError::Disconnected),
        }
    }

    // ---- incoming ----

    /// Handles an acknowledgement. It does not go through the inbox, because a handler may be waiting for it.
    pub(super) fn acknowledged(&self, id: u64, payload: Payload) {
        self.acks.resolve(id, payload);
    }

    /// Returns `true` if another event may be queued.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        let has_room = |asking| {
            let most = MAX_CONCURRENT * if asking { MORE } else { 1 };
            self.concurrent.load(Ordering::Relaxed) < most && self.inbox.has_room(asking)
        };
        has_room(false) || (self.is_asking() && has_room(true))
    }

    /// Returns `true` if a handler waits for an acknowledgement from the client.
    pub(super) fn is_asking(&self) -> bool {
        self.acks.is_asking()
    }

    /// Reports an error to the server's error hook and log. The client has already been notified, or cannot be
    /// notified.
    pub(super) fn report(&self, event: String, kind: HandlerErrorKind) {
        self.hub.observed.failed(&event, &kind);
        let namespace = self.hub.path().to_owned();
        self.shared.report(&HandlerError { namespace, event, socket: self.id.to_string(), kind });
    }

    /// Counts a concurrent handler until the guard is dropped.
    pub(super) fn begin_concurrent(self: &Arc<Self>) -> Concurrent {
        self.concurrent.fetch_add(1, Ordering::Relaxed);
        self.link.concurrent.fetch_add(1, Ordering::Relaxed);
        Concurrent(self.clone())
    }
}

/// A running concurrent handler.
pub(super) struct Concurrent(Arc<RawSocket>);

impl Drop for Concurrent {
    fn drop(&mut self) {
        self.0.concurrent.fetch_sub(1, Ordering::Relaxed);
        self.0.link.concurrent.fetch_sub(1, Ordering::Release);
        // The connection may have stopped reading at the limit, or may be waiting for this handler.
        self.0.link.session.wake();
    }
}

impl fmt::Debug for RawSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("id", &self.id).field("namespace", &self.hub.path()).finish_non_exhaustive()
    }
}
