//! Connecting to namespaces, and packets that arrive before the reply.
//!
//! A CONNECT for a namespace to which the client is connected or connecting starts over: the old socket is
//! disconnected, as if the client had sent a DISCONNECT first. Clients send this when a program calls `connect()`,
//! `disconnect()` and `connect()` before the first reply, because `disconnect()` sends nothing in that state.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::compat_v2;
use super::super::error::{HandlerError, HandlerErrorKind};
use super::super::event_queue::Incoming;
use super::super::pending_connect::Search;
use super::super::reason::DisconnectReason;
use super::super::registry::Endpoint;
use super::super::socket_inner::RawSocket;
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
        self.link.session.revision().is_three()
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
    pub(super) fn unconnected(
        &mut self,
        index: Option<usize>,
        packet: &mut Packet<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Violation> {
        let tolerated = if self.restarted { Ok(()) } else { Err(Violation) };
        let path = if self.speaks_v2() { compat_v2::path(packet.namespace) } else { packet.namespace };
        let search = self.searches.iter().position(|search| search.request.path() == path);
        match (packet.kind, search, index.map(|index| (index, &self.entries[index].socket))) {
            (Kind::Connect | Kind::ConnectError, ..) => Err(Violation),
            (Kind::Disconnect, Some(search), _) => {
                self.searches.swap_remove(search);
                Ok(())
            }
            (Kind::Event, Some(search), _) if self.restarted => {
                let arguments = Arguments::of(packet).ok_or(Violation)?;
                self.searches[search].hold(arguments, packet.id);
                Ok(())
            }
            (_, Some(_), _) | (_, None, None) => tolerated,
            // The socket was disconnected by the server, or its disconnect hook is still running. The client sent this
            // before it knew.
            (_, None, Some((_, socket))) if socket.is_gone() => Ok(()),
            (Kind::Disconnect, None, Some((index, socket))) => {
                socket.detach(DisconnectReason::ClientNamespaceDisconnect);
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
            Some(endpoint) => self.enter(&endpoint, auth, Vec::new(), cx),
            None => {
                let registry = &self.server.registry;
                self.searches.push(Search::new(registry, &self.link.session, namespace, auth));
                self.search(self.searches.len() - 1, cx);
            }
        }
    }

    /// Cancels the client's pending CONNECT for this namespace, or disconnects its socket.
    fn start_over(&mut self, namespace: &str, cx: &mut Context<'_>) {
        self.searches.retain(|search| search.request.path() != namespace);
        let Some(index) = self.find(namespace) else { return };
        let socket = &self.entries[index].socket;
        if !socket.is_gone() {
            self.restarted |= socket.is_connected();
            socket.detach(DisconnectReason::ClientNamespaceDisconnect);
            self.poll_again(index, cx);
        }
        self.forget(namespace);
    }

    /// Removes the entry of a socket that the server disconnected, because the client has connected again. If its
    /// driver is still running the disconnect hook, the entry stays, behind the new one.
    fn forget(&mut self, namespace: &str) {
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
        while let Some(reason) = self.exceeds(bytes) {
            let Some(tombstone) = self.entries.iter().rposition(Entry::is_tombstone) else { return Err(reason) };
            self.entries.remove(tombstone);
        }
        Ok(())
    }

    fn exceeds(&self, bytes: usize) -> Option<&'static str> {
        let gone = self.entries.iter().filter(|entry| entry.socket.is_gone()).count();
        let present = self.entries.len() - gone + self.searches.len();
        // Counted separately, so that a client at the limit can leave a namespace and enter it again.
        if present.max(gone) >= self.server.max_namespaces {
            return Some("too many namespaces");
        }
        let searches = self.searches.iter().map(Search::kept).sum::<usize>();
        let kept = searches + self.entries.iter().map(|entry| entry.socket.kept()).sum::<usize>();
        (kept + bytes > self.server.max_payload).then_some("too much auth")
    }

    /// Polls a search, and connects or rejects the client when it ends.
    pub(super) fn search(&mut self, index: usize, cx: &mut Context<'_>) {
        let Poll::Ready(result) = self.searches[index].result.as_mut().poll(cx) else { return };
        let Search { request, auth, held, .. } = self.searches.swap_remove(index);
        match result {
            Ok(Some(endpoint)) => {
                self.forget(request.path());
                self.enter(&endpoint, auth.as_deref(), held, cx);
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

    fn enter(
        &mut self,
        endpoint: &Endpoint,
        auth: Option<&str>,
        held: Vec<(Arguments, Option<u64>)>,
        cx: &mut Context<'_>,
    ) {
        let (link, shared) = (self.link.clone(), self.server.shared.clone());
        let hub = &endpoint.hub;
        let socket = match hub.ledger() {
            // Clients of Socket.IO 2 do not support recovery.
            Some(ledger) if !self.speaks_v2() => ledger.open(hub, link, shared, auth),
            _ => {
                let id =
                    if self.speaks_v2() { compat_v2::socket_id(hub.path(), link.session.id()) } else { generate_id() };
                Arc::new(RawSocket::new(id.into(), hub.clone(), link, shared, auth, None))
            }
        };
        for (arguments, id) in held {
            let ack = id.map(|id| AckSlot { parser: hub.parser(), id });
            let observed = hub.observed.arrived(|| arguments.name());
            socket.inbox.push(Incoming { arguments, ack, observed });
        }
        let driver = Some(endpoint.start.run(socket.clone()));
        // Inserted in front, so that `find` returns it instead of an older socket of the namespace that is still
        // disconnecting.
        self.entries.insert(0, Entry { socket, driver });
        self.poll_again(0, cx);
    }

    fn refuse(&self, namespace: &str, message: &str) {
        let address = Address { parser: self.server.registry.parser, namespace };
        let refusal = refused(address, format_args!("{{\"message\":\"{message}\"}}"));
        let _ = self.link.session.push(&refusal, &[], false);
        self.link.session.observed.no_namespace(namespace, message);
    }
}
