//! The Socket.IO side of a connection: its namespaces, and the handling of its packets.

mod connect;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::blocking::BlockingLimit;
use super::error::HandlerError;
use super::event_queue::IncomingEvent;
use super::pending_connect::PendingConnect;
use super::reason::DisconnectReason;
use super::registry::Registry;
use super::socket_inner::{MaxRooms, SharedConnection, SocketInner};
use super::socket_task::SocketTask;
use super::time_limit::TimeLimits;
use crate::engine::application::{Application, Connection, Violation};
use crate::engine::close::CloseReason;
use crate::engine::session::Session;
use crate::observe;
use crate::protocol::encode::AckSlot;
use crate::protocol::{Decoder, Kind, Packet};
use crate::wire::{Arguments, Payload};

pub(crate) type HandlerErrorHook = Box<dyn Fn(&HandlerError) + Send + Sync>;

/// The state that all namespaces of a server share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) state: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    pub(crate) on_error: Option<HandlerErrorHook>,
    /// Set if events without a handler are not acknowledged at all.
    pub(crate) ignore_unknown_events: bool,
    pub(crate) time_limits: TimeLimits,
    pub(crate) max_rooms: MaxRooms,
    pub(crate) blocking: BlockingLimit,
}

impl Shared {
    /// Reports an error to the server's error hook and log. The client has already been notified, or cannot be
    /// notified.
    pub(super) fn report(&self, error: &HandlerError) {
        observe::failed(error);
        if let Some(hook) = &self.on_error {
            // A panic in the hook must not affect the connection. Its message has already been printed.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(error)));
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// The Socket.IO side of a server.
pub(crate) struct SocketIo {
    pub(crate) registry: Arc<Registry>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_attachments: usize,
    pub(crate) max_payload: usize,
    pub(crate) max_namespaces: usize,
}

impl Application for Arc<SocketIo> {
    type Connection = ClientConnection;

    fn connection(&self, session: &Arc<Session>) -> ClientConnection {
        ClientConnection {
            decoder: Decoder::new(self.max_attachments, self.max_payload).with(self.registry.parser),
            sockets: Sockets {
                connection: Arc::new(SharedConnection {
                    session: session.clone(),
                    closing: AtomicBool::new(false),
                    concurrent: AtomicUsize::new(0),
                }),
                deadline: Some(Instant::now() + self.connect_timeout),
                server: self.clone(),
                entries: Vec::new(),
                pending_connects: Vec::new(),
                restarted: false,
            },
        }
    }
}

/// One connection.
pub(crate) struct ClientConnection {
    decoder: Decoder,
    sockets: Sockets,
}

/// The sockets of one connection, one per namespace. A list, because there are few.
struct Sockets {
    server: Arc<SocketIo>,
    connection: Arc<SharedConnection>,
    entries: Vec<Entry>,
    /// CONNECT packets whose namespace is still being resolved.
    pending_connects: Vec<PendingConnect>,
    /// Set once a CONNECT has replaced a connected socket. The client may have mistaken that socket's reply for the
    /// newer one's, so from then on, packets before the reply are not violations.
    restarted: bool,
    /// The deadline for joining a namespace.
    deadline: Option<Instant>,
}

struct Entry {
    socket: Arc<SocketInner>,
    /// `None` if the server disconnected the socket. The entry then remains for packets that the client sent before it
    /// knew.
    task: Option<SocketTask>,
}

impl Entry {
    fn is_tombstone(&self) -> bool {
        self.task.is_none() && self.socket.is_disconnected()
    }

    fn is_at_rest(&self) -> bool {
        self.task.is_none() || self.socket.event_queue.is_idle()
    }
}

impl Sockets {
    #[inline(always)]
    fn handle_packet(&mut self, packet: &mut Packet<'_>, cx: &mut Context<'_>) -> Result<(), Violation> {
        let Packet { kind, namespace, id, data, .. } = *packet;
        let index = self.find(namespace);
        if kind == Kind::Connect {
            if self.speaks_v2() {
                self.connect_v2(namespace, cx);
            } else {
                self.connect(namespace, data, cx);
            }
            return Ok(());
        }
        let index = index.or_else(|| self.find_v2(namespace));
        let connected = index.filter(|index| self.entries[*index].socket.is_connected());
        let Some(index) = connected else { return self.handle_unconnected(index, packet, cx) };
        let socket = &self.entries[index].socket;
        match kind {
            Kind::Event => {
                queue(socket, packet)?;
                self.poll(index, cx);
            }
            Kind::Ack => {
                if let Some((id, payload)) = id.zip(Payload::of(packet)) {
                    socket.handle_ack(id, payload);
                }
            }
            Kind::Disconnect => {
                socket.disconnect_now(DisconnectReason::ClientNamespaceDisconnect);
                self.poll_again(index, cx);
            }
            // Only servers send this packet.
            Kind::ConnectError | Kind::Connect => return Err(Violation),
        }
        Ok(())
    }

    /// Like [`handle_packet`](Self::handle_packet), but not inlined, for packets other than plain text events.
    #[inline(never)]
    fn handle_rare_packet(&mut self, packet: &mut Packet<'_>, cx: &mut Context<'_>) -> Result<(), Violation> {
        self.handle_packet(packet, cx)
    }

    #[inline(always)]
    fn find(&self, path: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.socket.namespace.path() == path)
    }

    /// Polls one socket task. Removes its entry if the task ends, which is the only time that entries move.
    #[inline(always)]
    fn poll(&mut self, index: usize, cx: &mut Context<'_>) {
        let entry = &mut self.entries[index];
        let Some(task) = &mut entry.task else { return };
        if task.as_mut().poll(cx).is_ready() {
            entry.task = None;
            self.remove_ended(index);
        } else if self.deadline.is_some() && entry.socket.is_connected() {
            self.deadline = None;
        }
    }

    /// Like [`poll`](Self::poll), but not inlined, for calls that are not made for each event.
    #[inline(never)]
    fn poll_again(&mut self, index: usize, cx: &mut Context<'_>) {
        self.poll(index, cx);
    }

    fn remove_ended(&mut self, index: usize) {
        let (newer_entries, rest) = self.entries.split_at(index);
        // A socket that the server disconnected keeps its entry until a newer socket of the namespace replaces it.
        let replaced =
            newer_entries.iter().any(|entry| Arc::ptr_eq(&entry.socket.namespace, &rest[0].socket.namespace));
        if replaced || !rest[0].socket.is_disconnected_by_server() {
            self.entries.remove(index);
        }
        let in_some_namespace = self.entries.iter().any(|entry| entry.socket.is_connected());
        if !in_some_namespace && self.deadline.is_none() {
            self.deadline = Some(Instant::now() + self.server.connect_timeout);
        }
    }

    /// Polls the socket tasks that may have work. Returns `true` if any was polled.
    #[inline(always)]
    fn progress(&mut self, cx: &mut Context<'_>) -> bool {
        if self.are_at_rest() {
            return false;
        }
        self.poll_all(cx);
        true
    }

    /// Returns `true` if it is known without polling that no socket task has work.
    #[inline(always)]
    fn are_at_rest(&self) -> bool {
        self.pending_connects.is_empty() && self.entries.iter().all(Entry::is_at_rest)
    }

    #[inline(never)]
    fn poll_all(&mut self, cx: &mut Context<'_>) {
        for index in (0..self.pending_connects.len()).rev() {
            self.poll_pending(index, cx);
        }
        // In reverse order, because removing an entry moves only those behind it.
        for index in (0..self.entries.len()).rev() {
            if !self.entries[index].is_at_rest() {
                self.poll_again(index, cx);
            }
        }
    }
}

/// Queues an event for the socket's task.
#[inline(always)]
fn queue(socket: &SocketInner, packet: &mut Packet<'_>) -> Result<(), Violation> {
    let arguments = Arguments::of(packet).ok_or(Violation)?;
    let ack = packet.id.map(|id| AckSlot { parser: socket.namespace.parser(), id });
    let observed = socket.namespace.observed.arrived(|| arguments.name());
    socket.event_queue.push(IncomingEvent { arguments, ack, observed });
    Ok(())
}

impl Connection for ClientConnection {
    fn begin(&mut self, cx: &mut Context<'_>) {
        if self.sockets.speaks_v2() {
            self.sockets.connect_v2("/", cx);
        }
    }

    fn text(&mut self, message: &str, cx: &mut Context<'_>) -> Result<(), Violation> {
        match self.decoder.text(message) {
            Ok(Some(mut packet)) => self.sockets.handle_packet(&mut packet, cx),
            Ok(None) => Ok(()),
            Err(_) => Err(Violation),
        }
    }

    fn binary(&mut self, message: Bytes, cx: &mut Context<'_>) -> Result<(), Violation> {
        match self.decoder.binary(message) {
            Ok(Some(mut packet)) => {
                let handled = self.sockets.handle_rare_packet(&mut packet, cx);
                self.decoder.release();
                handled
            }
            Ok(None) => Ok(()),
            Err(_) => Err(Violation),
        }
    }

    fn progress(&mut self, cx: &mut Context<'_>) -> bool {
        let polled = self.sockets.progress(cx);
        if self.sockets.connection.closing.load(Ordering::Acquire) {
            for entry in &self.sockets.entries {
                entry.socket.disconnect();
            }
            self.sockets.connection.session.close();
            self.sockets.progress(cx);
        }
        polled
    }

    #[inline(always)]
    fn has_room(&self) -> bool {
        self.sockets.pending_connects.iter().all(PendingConnect::has_room)
            && self.sockets.entries.iter().all(|entry| entry.socket.has_room())
    }

    fn is_behind(&self) -> bool {
        !self.has_room() && !self.sockets.entries.iter().any(|entry| entry.socket.is_awaiting_ack())
    }

    fn is_at_rest(&self) -> bool {
        self.sockets.are_at_rest() && self.sockets.connection.concurrent.load(Ordering::Acquire) == 0
    }

    fn deadline(&self) -> Option<Instant> {
        self.sockets.deadline
    }

    fn on_deadline(&mut self) -> Result<(), Violation> {
        self.sockets.deadline = None;
        let joined = self.sockets.entries.iter().any(|entry| entry.socket.is_connected());
        if joined { Ok(()) } else { Err(Violation) }
    }

    fn close(&mut self, reason: &CloseReason) {
        self.sockets.pending_connects.clear();
        for entry in &self.sockets.entries {
            entry.socket.disconnect_now(reason.into());
        }
    }

    fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sockets.progress(cx);
        let running = self.sockets.entries.iter().any(|entry| entry.task.is_some());
        if running || self.sockets.connection.concurrent.load(Ordering::Acquire) > 0 {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

// The session's task dropped the connection, possibly because of a panic, and the sockets have not been disconnected.
impl Drop for ClientConnection {
    fn drop(&mut self) {
        for entry in &self.sockets.entries {
            entry.socket.disconnect_now(DisconnectReason::TransportError);
        }
    }
}
