//! A socket without the user's types: one client in one namespace.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::acks::Acks;
use super::allowance::Allowance;
use super::connection::Shared;
use super::error::{EmitError, HandlerError, HandlerErrorKind};
use super::hub::Hub;
use super::inbox::{Inbox, MORE};
use super::members::Place;
use super::reason::DisconnectReason;
use super::recovery::Recoverable;
use super::rooms::Membership;
use super::runtime::{LEAVING, OUTGOING, Runtime};
use crate::engine::close::CloseReason;
use crate::engine::session::Session;
use crate::engine::state::PushError;
use crate::protocol::encode::{self, Answer, Encoded};
use crate::sync::lock;
use crate::wire::Payload;

/// Events of `concurrent` handlers that run at a time; when as many do, the connection is not read.
const MAX_CONCURRENT: usize = 64;
/// Packets that may wait for the connect reply.
const MAX_HELD: usize = 1024;

/// What the sockets of one connection share.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) session: Arc<Session>,
    /// The server wants the whole connection closed, all namespaces disconnected first.
    pub(super) closing: AtomicBool,
    /// Events of `concurrent` handlers that run, of all sockets.
    pub(super) concurrent: AtomicUsize,
}

/// One client in one namespace.
pub(crate) struct RawSocket {
    id: Arc<str>,
    pub(super) hub: Arc<Hub>,
    pub(super) link: Arc<Link>,
    pub(super) shared: Arc<Shared>,
    auth: Option<Box<str>>,
    phase: AtomicU8,
    belongings: Mutex<Belongings>,
    pub(super) inbox: Inbox,
    /// The server disconnected it; the client may not know yet.
    dismissed: AtomicBool,
    concurrent: AtomicUsize,
    pub(super) acks: Acks,
    session: OnceLock<Arc<dyn Any + Send + Sync>>,
    pub(super) allowance: Allowance,
    /// There where connections are recovered.
    pub(super) recovery: Option<Box<Recoverable>>,
    pub(super) runtime: Runtime,
}

const CONNECTING: u8 = 0;
const CONNECTED: u8 = 1;
const GONE: u8 = 2;

/// What a socket has while it is connected.
#[derive(Debug, Default)]
struct Belongings {
    /// Its place among all sockets of the namespace.
    place: Option<Place>,
    rooms: Vec<Membership>,
    /// It left the room of its own id.
    left_own_room: bool,
    /// Those who want to know are being told that it leaves.
    leaving: bool,
    /// What is emitted before the connect reply follows it.
    held: Vec<Encoded>,
    /// The names of the rooms that it was in when it was disconnected.
    last_rooms: Vec<String>,
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

    /// The bytes of the client's that it keeps.
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

    /// Tells who listens to all that the socket is sent.
    #[inline]
    pub(super) fn tell_of(self: &Arc<Self>, packet: &Encoded) {
        if self.runtime.has(OUTGOING) {
            self.tell_outgoing(packet);
        }
    }

    /// Sends this socket alone an event.
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

    /// Acknowledges an event of the client's. False when it has gone, or its queue is full.
    #[inline(always)]
    pub(super) fn answer(&self, answer: Answer) -> bool {
        let packet = answer.behind(self.hub.prefix());
        let sent = self.send(&packet, false);
        self.hub.observed.ack_sent();
        packet.dispose();
        sent.is_ok()
    }

    /// Sends one of many their copy of a broadcast. A socket that is still connecting may be in rooms already, but
    /// receives nothing yet.
    pub(super) fn send_if_connected(
        self: &Arc<Self>,
        packet: &Encoded,
        volatile: bool,
    ) -> Option<Result<(), PushError>> {
        self.is_connected().then(|| {
            self.tell_of(packet);
            self.link.session.push(&packet.head, &packet.attachments, volatile)
        })
    }

    /// Sends before the connect reply: the packet waits for it.
    pub(super) fn hold(&self, packet: &Encoded, volatile: bool) -> Result<(), EmitError> {
        let mut belongings = lock(&self.belongings);
        match self.phase.load(Ordering::Acquire) {
            CONNECTING if volatile => Err(EmitError::Dropped),
            CONNECTING if belongings.held.len() >= MAX_HELD => Err(EmitError::QueueFull),
            CONNECTING => {
                belongings.held.push(packet.clone());
                Ok(())
            }
            // It became connected while this waited for the lock.
            CONNECTED => Ok(self.link.session.push(&packet.head, &packet.attachments, volatile)?),
            _ => Err(EmitError::Disconnected),
        }
    }

    // ---- life ----

    /// The namespace lets the socket in: the client is told, then gets what was emitted meanwhile. Nothing happens
    /// when the connection ended before.
    pub(super) fn accept(self: &Arc<Self>, session: Arc<dyn Any + Send + Sync>) {
        // Set once: a socket is accepted once.
        let _ = self.session.set(session);
        // Dropped after the locks: it has a session of the program's.
        let _former;
        let mut order = self.order();
        let mut belongings = lock(&self.belongings);
        if self.is_gone() {
            return;
        }
        let Some(missed) = order.missed() else {
            // It took too long. The client comes back once more, and is a new one then.
            return self.link.session.end(CloseReason::Forced);
        };
        belongings.place = Some(self.hub.insert(self));
        if !belongings.left_own_room {
            self.hub.rooms.watch.tell_entered(&self.id);
        }
        let sid = (!self.link.session.revision().is_three()).then_some(&*self.id);
        let reply = encode::connected(self.hub.address(), sid, order.pid());
        // A push fails only when the session has ended, and then the socket is about to be told.
        let _ = self.link.session.push(&reply, &[], false);
        _former = order.begin(missed);
        for packet in std::mem::take(&mut belongings.held) {
            order.send(self, &packet);
        }
        self.phase.store(CONNECTED, Ordering::Release);
        drop(belongings);
        drop(order);
        self.hub.observed.connected();
    }

    /// The socket is gone: it leaves its rooms and receives nothing more; its driver finishes what it does
    /// and runs the disconnect hook. False when it was gone already, or somebody else is at it.
    pub(super) fn detach(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        if !self.begin_leaving(reason) {
            return false;
        }
        let order = self.order();
        let (rooms, place, in_own_room, before) = {
            let mut belongings = lock(&self.belongings);
            let before = self.phase.swap(GONE, Ordering::AcqRel);
            if before == GONE {
                return false;
            }
            belongings.last_rooms = self.room_names(&belongings);
            belongings.held = Vec::new();
            (std::mem::take(&mut belongings.rooms), belongings.place.take(), !belongings.left_own_room, before)
        };
        let mut deleted = 0;
        for membership in &rooms {
            deleted += usize::from(self.hub.rooms.leave(membership, self));
        }
        if let Some(place) = place {
            self.hub.remove(self, place);
            if in_own_room {
                self.hub.rooms.watch.tell_left(&self.id);
            }
        }
        self.acks.abandon();
        #[cfg(feature = "testing")]
        if before == CONNECTED {
            self.note_end(reason);
        }
        self.inbox.disconnect(reason);
        order.end(before == CONNECTED, reason);
        // After the locks: this may run code of the program's.
        (0..deleted).for_each(|_| self.hub.observed.room_deleted());
        if place.is_some() {
            self.hub.observed.disconnected(reason);
        }
        true
    }

    /// Tells those who want to know before it leaves its rooms. False when they have been told: once is enough.
    fn begin_leaving(self: &Arc<Self>, reason: DisconnectReason) -> bool {
        let mut belongings = lock(&self.belongings);
        if belongings.leaving {
            return false;
        }
        if self.runtime.has(LEAVING) && self.is_connected() {
            belongings.leaving = true;
            drop(belongings);
            self.tell_leaving(reason);
        }
        true
    }

    /// The server disconnects the socket from its namespace.
    pub(super) fn disconnect(self: &Arc<Self>) {
        if !self.is_connected() {
            return;
        }
        self.dismissed.store(true, Ordering::Release);
        // Detached first, by one of those who try: the client can be told once, and before it can come back.
        if self.detach(DisconnectReason::ServerNamespaceDisconnect) {
            let _ = self.link.session.push(&encode::disconnected(self.hub.address()), &[], false);
            self.link.session.wake();
        }
    }

    /// The server disconnects the client from all of its namespaces and closes the connection.
    pub(super) fn close(self: &Arc<Self>) {
        self.disconnect();
        self.link.closing.store(true, Ordering::Release);
        self.link.session.wake();
    }

    /// Whether the server disconnected it, so that the client may still send what it does not know to be late.
    pub(super) fn is_dismissed(&self) -> bool {
        self.dismissed.load(Ordering::Acquire)
    }

    // ---- rooms ----

    pub(super) fn join(self: &Arc<Self>, room: &str) {
        // Told when nothing is locked any more: this may run code of the program's.
        if self.enter(room) {
            self.hub.observed.room_created();
        }
    }

    /// True when the room is new.
    fn enter(self: &Arc<Self>, room: &str) -> bool {
        let order = self.order();
        let mut belongings = lock(&self.belongings);
        if self.is_gone() {
            return false;
        }
        if room == &*self.id {
            let was_out = std::mem::take(&mut belongings.left_own_room);
            if was_out {
                order.entered(&self.id);
            }
            if was_out && belongings.place.is_some() {
                self.hub.rooms.watch.tell_entered(&self.id);
            }
            return false;
        }
        if belongings.rooms.iter().any(|m| &**m.room.name() == room) {
            return false;
        }
        let (membership, is_new) = self.hub.rooms.join(room, self.clone());
        order.entered(membership.room.name());
        belongings.rooms.push(membership);
        is_new
    }

    /// Gives a socket that comes back its rooms again.
    pub(super) fn restore_rooms(self: &Arc<Self>, rooms: &[String]) {
        let mut created = 0;
        {
            let mut belongings = lock(&self.belongings);
            belongings.left_own_room = true;
            for room in rooms {
                if **room == *self.id {
                    belongings.left_own_room = false;
                } else {
                    let (membership, is_new) = self.hub.rooms.join(room, self.clone());
                    belongings.rooms.push(membership);
                    created += usize::from(is_new);
                }
            }
        }
        (0..created).for_each(|_| self.hub.observed.room_created());
    }

    pub(super) fn leave(&self, room: &str) {
        if self.exit(room) {
            self.hub.observed.room_deleted();
        }
    }

    /// True when nobody is in the room any more.
    fn exit(&self, room: &str) -> bool {
        let order = self.order();
        let mut belongings = lock(&self.belongings);
        if room == &*self.id {
            let was_out = std::mem::replace(&mut belongings.left_own_room, true);
            order.left(room);
            if !was_out && belongings.place.is_some() {
                self.hub.rooms.watch.tell_left(&self.id);
            }
        }
        let Some(index) = belongings.rooms.iter().position(|m| &**m.room.name() == room) else { return false };
        let membership = belongings.rooms.swap_remove(index);
        order.left(room);
        // Under the lock: who watches the room must not hear of it after the socket has entered it again.
        self.hub.rooms.leave(&membership, self)
    }

    /// The rooms that the socket is in, its own included; once it is gone, those that it was in.
    pub(super) fn rooms(&self) -> Vec<String> {
        let belongings = lock(&self.belongings);
        if self.is_gone() { belongings.last_rooms.clone() } else { self.room_names(&belongings) }
    }

    fn room_names(&self, belongings: &Belongings) -> Vec<String> {
        let own = (!belongings.left_own_room).then(|| self.id.to_string());
        own.into_iter().chain(belongings.rooms.iter().map(|m| m.room.name().to_string())).collect()
    }

    pub(super) fn is_in_own_room(&self) -> bool {
        !lock(&self.belongings).left_own_room
    }

    // ---- incoming ----

    /// The client acknowledged something. Not through the inbox: a handler may be waiting for it.
    pub(super) fn acknowledged(&self, id: u64, payload: Payload) {
        self.acks.resolve(id, payload);
    }

    /// Whether another event may be delivered.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        let has_room = |asking| {
            let most = MAX_CONCURRENT * if asking { MORE } else { 1 };
            self.concurrent.load(Ordering::Relaxed) < most && self.inbox.has_room(asking)
        };
        has_room(false) || (self.is_asking() && has_room(true))
    }

    /// Whether a handler waits for an acknowledgement of the client.
    pub(super) fn is_asking(&self) -> bool {
        self.acks.is_asking()
    }

    /// Something failed that the client has been told of, or cannot be: the server's hook and log are told.
    pub(super) fn report(&self, event: String, kind: HandlerErrorKind) {
        self.hub.observed.failed(&event, &kind);
        let namespace = self.hub.path().to_owned();
        self.shared.report(&HandlerError { namespace, event, socket: self.id.to_string(), kind });
    }

    /// Counts an event that is handled beside the others, until the guard is dropped.
    pub(super) fn begin_concurrent(self: &Arc<Self>) -> Concurrent {
        self.concurrent.fetch_add(1, Ordering::Relaxed);
        self.link.concurrent.fetch_add(1, Ordering::Relaxed);
        Concurrent(self.clone())
    }
}

/// An event that is handled beside the others of its socket.
pub(super) struct Concurrent(Arc<RawSocket>);

impl Drop for Concurrent {
    fn drop(&mut self) {
        self.0.concurrent.fetch_sub(1, Ordering::Relaxed);
        self.0.link.concurrent.fetch_sub(1, Ordering::Release);
        // The connection may have stopped reading for want of room, or wait for this to end.
        self.0.link.session.wake();
    }
}

impl fmt::Debug for RawSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("id", &self.id).field("namespace", &self.hub.path()).finish_non_exhaustive()
    }
}
