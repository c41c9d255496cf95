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
use super::event_queue::{ACK_WAIT_FACTOR, EventQueue};
use super::namespace_state::NamespaceState;
use super::pending_acks::PendingAcks;
use super::rate_limit_state::RateLimitState;
use super::reason::DisconnectReason;
use super::recovery::Recoverable;
use super::socket_extras::{HAS_OUTGOING_LISTENERS, SocketExtras};
use super::socket_set::Slot;
use crate::engine::session::Session;
use crate::engine::state::PushError;
use crate::protocol::encode::{Answer, Encoded};
use crate::sync::lock;
use crate::wire::Payload;
use joined_rooms::JoinedRooms;
pub(crate) use rooms::MaxRooms;

/// Limit of running `concurrent` handlers. At the limit, the connection is not read.
const MAX_CONCURRENT: usize = 64;
/// Limit of packets that wait for the reply to the CONNECT packet.
const MAX_PENDING_PACKETS: usize = 1024;

/// The state that the sockets of one connection share.
#[derive(Debug)]
pub(super) struct SharedConnection {
    pub(super) session: Arc<Session>,
    /// Set when the server closes the connection. All namespaces are disconnected first.
    pub(super) closing: AtomicBool,
    /// The number of running `concurrent` handlers of all sockets.
    pub(super) concurrent: AtomicUsize,
}

/// A client in one namespace.
pub(crate) struct SocketInner {
    id: Arc<str>,
    pub(super) namespace: Arc<NamespaceState>,
    pub(super) connection: Arc<SharedConnection>,
    pub(super) shared: Arc<Shared>,
    auth: Option<Box<str>>,
    phase: AtomicU8,
    state: Mutex<SocketState>,
    pub(super) event_queue: EventQueue,
    /// The server disconnected the socket. The client may not know this yet.
    disconnected_by_server: AtomicBool,
    concurrent: AtomicUsize,
    pub(super) pending_acks: PendingAcks,
    session: OnceLock<Arc<dyn Any + Send + Sync>>,
    pub(super) rate_limits: RateLimitState,
    /// Set if recovery is enabled.
    pub(super) recovery: Option<Box<Recoverable>>,
    pub(super) extras: SocketExtras,
}

const CONNECTING: u8 = 0;
const CONNECTED: u8 = 1;
const DISCONNECTED: u8 = 2;

/// The state of a socket that changes while it is connected.
#[derive(Debug, Default)]
struct SocketState {
    /// Its slot in the set of all sockets of the namespace.
    slot: Option<Slot>,
    rooms: JoinedRooms,
    /// The total length of the rooms' names, in bytes.
    name_bytes: u32,
    /// Set if the socket has left the room of its own id.
    left_own_room: bool,
    /// Set if the socket must be disconnected as soon as it is connected.
    disconnect_on_connect: bool,
    /// Set once the `disconnecting` hooks have been started.
    disconnecting_started: bool,
    /// Packets that were emitted before the connect reply, and are sent after it.
    pending_packets: Vec<Encoded>,
    /// The rooms that the socket was in when it was disconnected, without the room of its own id.
    last_rooms: Vec<String>,
    /// The reason for the disconnection.
    disconnect_reason: Option<DisconnectReason>,
}

impl SocketInner {
    pub(super) fn new(
        id: Arc<str>,
        namespace: Arc<NamespaceState>,
        connection: Arc<SharedConnection>,
        shared: Arc<Shared>,
        auth: Option<&str>,
        recovery: Option<Box<Recoverable>>,
    ) -> Self {
        Self {
            id,
            namespace,
            connection,
            shared,
            auth: auth.map(Into::into),
            phase: AtomicU8::new(CONNECTING),
            state: Mutex::default(),
            event_queue: EventQueue::default(),
            disconnected_by_server: AtomicBool::new(false),
            concurrent: AtomicUsize::new(0),
            pending_acks: PendingAcks::default(),
            session: OnceLock::new(),
            rate_limits: RateLimitState::default(),
            recovery,
            extras: SocketExtras::default(),
        }
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    pub(super) fn auth(&self) -> Option<&str> {
        self.auth.as_deref()
    }

    /// Returns the number of bytes sent by the client that the socket stores.
    pub(super) fn stored_bytes(&self) -> usize {
        let path = if self.namespace.is_child() { self.namespace.path().len() } else { 0 };
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

    pub(super) fn is_disconnected(&self) -> bool {
        self.phase.load(Ordering::Acquire) == DISCONNECTED
    }

    // ---- sending ----

    /// Calls the listeners for outgoing events.
    #[inline]
    pub(super) fn notify_outgoing(self: &Arc<Self>, packet: &Encoded) {
        if self.has_outgoing() {
            self.call_outgoing_listeners(packet);
        }
    }

    /// Returns `true` if the socket has listeners for outgoing events.
    #[inline]
    pub(super) fn has_outgoing(&self) -> bool {
        self.extras.has(HAS_OUTGOING_LISTENERS)
    }

    /// Sends an event to this socket only.
    pub(super) fn emit(self: &Arc<Self>, packet: &Encoded, volatile: bool) -> Result<(), EmitError> {
        if !self.is_disconnected() {
            self.notify_outgoing(packet);
        }
        if let Some(number) = packet.number
            && let Some(namespace_log) = self.namespace_log()
        {
            return self.emit_in_order(namespace_log, number, packet);
        }
        self.send(packet, volatile)
    }

    pub(super) fn send(&self, packet: &Encoded, volatile: bool) -> Result<(), EmitError> {
        if !self.is_connected() {
            return self.queue_while_connecting(packet, volatile);
        }
        Ok(self.connection.session.push(&packet.head, &packet.attachments, volatile)?)
    }

    /// Acknowledges an event of the client. Returns `false` if the client is disconnected, or its queue is full.
    #[inline(always)]
    pub(super) fn send_ack(&self, ack: Answer) -> bool {
        let Encoded { head, attachments, .. } = ack.behind(self.namespace.prefix());
        // A socket that has received an event is connected, so the packet need not wait.
        let sent = self.is_connected() && self.connection.session.push(&head, &attachments, false).is_ok();
        self.namespace.observed.ack_sent();
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
            self.notify_outgoing(packet);
            self.connection.session.push_held(&packet.head, &packet.attachments, volatile)
        })
    }

    /// Like [`broadcast`](Self::broadcast), for an event that requests an acknowledgement. It is sent at once, because
    /// the caller is waiting.
    pub(super) fn send_with_ack(self: &Arc<Self>, packet: &Encoded, volatile: bool) -> Option<Result<(), PushError>> {
        self.is_connected().then(|| {
            self.notify_outgoing(packet);
            self.connection.session.push(&packet.head, &packet.attachments, volatile)
        })
    }

    /// Stores a packet until the reply to the CONNECT packet is sent.
    pub(super) fn queue_while_connecting(&self, packet: &Encoded, volatile: bool) -> Result<(), EmitError> {
        let mut state = lock(&self.state);
        match self.phase.load(Ordering::Acquire) {
            CONNECTING if volatile => Err(EmitError::Dropped),
            CONNECTING if state.pending_packets.len() >= MAX_PENDING_PACKETS => Err(EmitError::QueueFull),
            CONNECTING => {
                state.pending_packets.push(packet.clone());
                Ok(())
            }
            // The socket was connected while this call waited for the lock.
            CONNECTED => Ok(self.connection.session.push(&packet.head, &packet.attachments, volatile)?),
            _ => Err(EmitError::Disconnected),
        }
    }

    // ---- incoming ----

    /// Handles an acknowledgement. It does not go through the event queue, because a handler may be waiting for it.
    pub(super) fn handle_ack(&self, id: u64, payload: Payload) {
        self.pending_acks.resolve(id, payload);
    }

    /// Returns `true` if another event may be queued.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        let has_room = |awaits_ack| {
            let limit = MAX_CONCURRENT * if awaits_ack { ACK_WAIT_FACTOR } else { 1 };
            self.concurrent.load(Ordering::Relaxed) < limit && self.event_queue.has_room(awaits_ack)
        };
        has_room(false) || (self.is_awaiting_ack() && has_room(true))
    }

    /// Returns `true` if a handler waits for an acknowledgement from the client.
    pub(super) fn is_awaiting_ack(&self) -> bool {
        self.pending_acks.is_waiting()
    }

    /// Reports an error to the server's error hook and log. The client has already been notified, or cannot be
    /// notified.
    pub(super) fn report(&self, event: String, kind: HandlerErrorKind) {
        self.namespace.observed.failed(&event, &kind);
        let namespace = self.namespace.path().to_owned();
        self.shared.report(&HandlerError { namespace, event, socket: self.id.to_string(), kind });
    }

    /// Counts a concurrent handler until the guard is dropped.
    pub(super) fn begin_concurrent(self: &Arc<Self>) -> ConcurrentGuard {
        self.concurrent.fetch_add(1, Ordering::Relaxed);
        self.connection.concurrent.fetch_add(1, Ordering::Relaxed);
        ConcurrentGuard(self.clone())
    }
}

/// A running concurrent handler.
pub(super) struct ConcurrentGuard(Arc<SocketInner>);

impl Drop for ConcurrentGuard {
    fn drop(&mut self) {
        self.0.concurrent.fetch_sub(1, Ordering::Relaxed);
        self.0.connection.concurrent.fetch_sub(1, Ordering::Release);
        // The connection may have stopped reading at the limit, or may be waiting for this handler.
        self.0.connection.session.wake();
    }
}

impl fmt::Debug for SocketInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.id)
            .field("namespace", &self.namespace.path())
            .finish_non_exhaustive()
    }
}
