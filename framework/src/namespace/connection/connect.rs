//! Connecting to namespaces, and packets that arrive before the reply.
//!
//! A CONNECT for a namespace to which the client is connected or connecting starts over: the old socket is
//! disconnected, as if the client had sent a DISCONNECT first. Clients send this when a program calls `connect()`,
//! `disconnect()` and `connect()` before the first reply, because `disconnect()` sends nothing in that state.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::compat_v2;
use super::super::error::{HandlerError, HandlerErrorKind};
use super::super::event_queue::IncomingEvent;
use super::super::pending_connect::PendingConnect;
use super::super::reason::DisconnectReason;
use super::super::registry::Endpoint;
use super::super::socket_inner::SocketInner;
use super::{Entry, Sockets, queue};
use crate::engine::application::Violation;
use crate::engine::generate_id;
use crate::protocol::encode::{AckSlot, refused};
use crate::protocol::{Address, Kind, Packet};
use crate::wire::Arguments;

impl Sockets {
    /// Returns `true` for a client of Socket.IO 2.
    #[inline(always)]
    pub(super) fn speaks_v2(&self) -> bool {
        self.connection.session.revision().is_three()
    }

    /// Handles a CONNECT of Socket.IO 2, including the implicit one for `/`.
    #[cold]
    pub(super) fn connect_v2(&mut self, namespace: &str, cx: &mut Context<'_>) {
        let (path, auth) = compat_v2::path_and_auth(namespace);
        self.connect(path, auth.as_deref(), cx);
    }

    /// Finds the namespace of a Socket.IO 2 packet, which may contain a query string.
    #[cold]
    pub(super) fn find_v2(&self, namespace: &str) -> Option<usize> {
        if self.speaks_v2() { self.find(compat_v2::path(namespace)) } else { None }
    }

    /// Handles a packet for a namespace to which the client is not connected. Clients must wait for the server's reply,
    /// so most of these packets are violations.
    #[cold]
    pub(super) fn handle_unconnected(
        &mut self,
        index: Option<usize>,
        packet: &mut Packet<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Violation> {
        let tolerated = if self.restarted { Ok(()) } else { Err(Violation) };
        let path = if self.speaks_v2() { compat_v2::path(packet.namespace) } else { packet.namespace };
        let pending = self.pending_connects.iter().position(|pending| pending.request.path() == path);
        match (packet.kind, pending, index.map(|index| (index, &self.entries[index].socket))) {
            (Kind::Connect | Kind::ConnectError, ..) => Err(Violation),
            (Kind::Disconnect, Some(pending), _) => {
                self.pending_connects.swap_remove(pending);
                Ok(())
            }
            (Kind::Event, Some(pending), _) if self.restarted => {
                let arguments = Arguments::of(packet).ok_or(Violation)?;
                self.pending_connects[pending].push_event(arguments, packet.id);
                Ok(())
            }
            (_, Some(_), _) | (_, None, None) => tolerated,
            // The socket was disconnected by the server, or its disconnect hook is still running. The client sent this
            // before it knew.
            (_, None, Some((_, socket))) if socket.is_disconnected() => Ok(()),
            (Kind::Disconnect, None, Some((index, socket))) => {
                socket.disconnect_now(DisconnectReason::ClientNamespaceDisconnect);
                self.poll_again(index, cx);
                Ok(())
            }
            (Kind::Event, None, Some((_, socket))) if self.restarted => queue(socket, packet),
            (Kind::Event | Kind::Ack, None, Some(_)) => tolerated,
        }
    }

    pub(super) fn connect(&mut self, namespace: &str, auth: Option<&str>, cx: &mut Context<'_>) {
        self.start_over(namespace, cx);
        let registry = &self.server.registry;
        let endpoint = registry.fixed(namespace).cloned();
        if endpoint.is_none() && !registry.has_parents() {
            return self.refuse(namespace, "Invalid namespace");
        }
        let path = if endpoint.is_none() { namespace.len() } else { 0 };
        if let Err(reason) = self.make_room(path + auth.map_or(0, str::len)) {
            return self.refuse(namespace, reason);
        }
        match endpoint {
            Some(endpoint) => self.create_socket(&endpoint, auth, Vec::new(), cx),
            None => {
                let registry = &self.server.registry;
                self.pending_connects.push(PendingConnect::new(registry, &self.connection.session, namespace, auth));
                self.poll_pending(self.pending_connects.len() - 1, cx);
            }
        }
    }

    /// Cancels the client's pending CONNECT for this namespace, or disconnects its socket.
    fn start_over(&mut self, namespace: &str, cx: &mut Context<'_>) {
        self.pending_connects.retain(|pending| pending.request.path() != namespace);
        let Some(index) = self.find(namespace) else { return };
        let socket = &self.entries[index].socket;
        if !socket.is_disconnected() {
            self.restarted |= socket.is_connected();
            socket.disconnect_now(DisconnectReason::ClientNamespaceDisconnect);
            self.poll_again(index, cx);
        }
        self.remove_tombstone(namespace);
    }

    /// Removes the entry of a socket that the server disconnected, because the client has connected again. If its
    /// socket task is still running the disconnect hook, the entry stays, behind the new one.
    fn remove_tombstone(&mut self, namespace: &str) {
        if let Some(index) = self.find(namespace)
            && self.entries[index].is_tombstone()
        {
            // Keeps the order, because `find` must return the newest socket of a namespace.
            self.entries.remove(index);
        }
    }

    /// Checks the limits for another socket that will store `bytes` bytes of `auth` and path. To make room, removes the
    /// entries of sockets that the server disconnected, oldest first.
    fn make_room(&mut self, bytes: usize) -> Result<(), &'static str> {
        while let Some(reason) = self.exceeded_limit(bytes) {
            let Some(tombstone) = self.entries.iter().rposition(Entry::is_tombstone) else { return Err(reason) };
            self.entries.remove(tombstone);
        }
        Ok(())
    }

    fn exceeded_limit(&self, bytes: usize) -> Option<&'static str> {
        let disconnected = self.entries.iter().filter(|entry| entry.socket.is_disconnected()).count();
        let present = self.entries.len() - disconnected + self.pending_connects.len();
        // Counted separately, so that a client at the limit can leave a namespace and enter it again.
        if present.max(disconnected) >= self.server.max_namespaces {
            return Some("too many namespaces");
        }
        let pending = self.pending_connects.iter().map(PendingConnect::stored_bytes).sum::<usize>();
        let stored = pending + self.entries.iter().map(|entry| entry.socket.stored_bytes()).sum::<usize>();
        (stored + bytes > self.server.max_payload).then_some("too much auth")
    }

    /// Polls a pending CONNECT, and connects or rejects the client when its namespace is resolved.
    pub(super) fn poll_pending(&mut self, index: usize, cx: &mut Context<'_>) {
        let Poll::Ready(result) = self.pending_connects[index].result.as_mut().poll(cx) else { return };
        let PendingConnect { request, auth, events, .. } = self.pending_connects.swap_remove(index);
        match result {
            Ok(Some(endpoint)) => {
                self.remove_tombstone(request.path());
                self.create_socket(&endpoint, auth.as_deref(), events, cx);
            }
            Ok(None) => self.refuse(request.path(), "Invalid namespace"),
            Err(panic) => {
                let (namespace, kind) = (request.path().to_owned(), HandlerErrorKind::Panicked(panic));
                let (event, socket) = ("connect".to_owned(), String::new());
                self.server.shared.report(&HandlerError { namespace, event, socket, kind });
                self.refuse(request.path(), "internal error");
            }
        }
    }

    fn create_socket(
        &mut self,
        endpoint: &Endpoint,
        auth: Option<&str>,
        events: Vec<(Arguments, Option<u64>)>,
        cx: &mut Context<'_>,
    ) {
        let (connection, shared) = (self.connection.clone(), self.server.shared.clone());
        let namespace = &endpoint.namespace;
        let socket = match namespace.namespace_log() {
            // Clients of Socket.IO 2 do not support recovery.
            Some(namespace_log) if !self.speaks_v2() => {
                namespace_log.create_socket(namespace, connection, shared, auth)
            }
            _ => {
                let id = if self.speaks_v2() {
                    compat_v2::socket_id(namespace.path(), connection.session.id())
                } else {
                    generate_id()
                };
                Arc::new(SocketInner::new(id.into(), namespace.clone(), connection, shared, auth, None))
            }
        };
        for (arguments, id) in events {
            let ack = id.map(|id| AckSlot { parser: namespace.parser(), id });
            let observed = namespace.observed.arrived(|| arguments.name());
            socket.event_queue.push(IncomingEvent { arguments, ack, observed });
        }
        let task = Some(endpoint.handlers.run(socket.clone()));
        // Inserted in front, so that `find` returns it instead of an older socket of the namespace that is still
        // disconnecting.
        self.entries.insert(0, Entry { socket, task });
        self.poll_again(0, cx);
    }

    fn refuse(&self, namespace: &str, message: &str) {
        let address = Address { parser: self.server.registry.parser, namespace };
        let refusal = refused(address, format_args!("{{\"message\":\"{message}\"}}"));
        let _ = self.connection.session.push(&refusal, &[], false);
        self.connection.session.observed.no_namespace(namespace, message);
    }
}
