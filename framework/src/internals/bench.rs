//! Functions for the benchmarks in `framework/benches`: single steps of a packet's processing, and connections without
//! a network.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde::Serialize;

use crate::engine::application::{Application as _, Connection as _};
use crate::engine::codec;
use crate::engine::handshake::Handshake;
use crate::engine::options::Options;
use crate::engine::outbox::Outbox;
use crate::engine::revision::Revision;
use crate::engine::session::Session;
use crate::engine::{FrameReader, Room, generate_id};
use crate::namespace::{ClientConnection, Registry, Shared, SocketIo};
use crate::observe;
use crate::protocol::encode::{self, AckSlot};
use crate::protocol::{Address, Decoder, Parser, json};
use crate::{Namespace, NamespaceHandle};

/// Larger than any payload in the benchmarks.
const MAX_PAYLOAD: usize = 1_000_000;

/// Parses one Engine.IO packet. Returns `true` if it is valid.
pub fn engine_packet(text: &str) -> bool {
    codec::Packet::parse(text).is_ok()
}

/// Parses the body of a polling request. Returns the number of valid packets in it.
pub fn engine_payload(body: &str) -> usize {
    codec::packets(body).filter(Result::is_ok).count()
}

/// Parses WebSocket frames in place. Returns the number of messages.
pub fn frames(buffer: &mut [u8]) -> usize {
    let mut reader = FrameReader::new(MAX_PAYLOAD);
    let (mut at, mut count, mut room) = (0, 0, Room::new());
    while let Ok(Some((_, length))) = reader.next(&mut buffer[at..], &mut room) {
        at += length;
        count += 1;
    }
    count
}

/// Parses one Socket.IO packet from its text and its attachments. Returns `true` if it is complete.
pub fn packet(text: &str, attachments: &[Bytes]) -> bool {
    let mut decoder = Decoder::new(10, MAX_PAYLOAD);
    let mut complete = matches!(decoder.text(text), Ok(Some(_)));
    for attachment in attachments {
        complete = matches!(decoder.binary(attachment.clone()), Ok(Some(_)));
    }
    complete
}

/// Returns `true` if `text` is valid JSON.
pub fn is_json(text: &str) -> bool {
    json::is_valid(text)
}

/// Encodes an event as a frame. Returns the frame's length in bytes.
pub fn event<E: Serialize>(name: &str, event: &E) -> usize {
    encode::event(ROOT, None, name, event).map_or(0, |packet| packet.head.len())
}

/// The namespace of the encoded packets.
const ROOT: Address<'_> = Address { parser: Parser::Json, namespace: "/" };

/// Encodes an acknowledgement as a frame. Returns the frame's length in bytes.
pub fn acknowledgement<T: Serialize>(value: &T) -> usize {
    AckSlot { parser: Parser::Json, id: 7 }.answer(value).map_or(0, |answer| answer.behind("").head.len())
}

/// A server with one namespace, whose clients are called directly instead of over a network.
pub struct Loopback<N: Namespace> {
    server: Arc<SocketIo>,
    handle: NamespaceHandle<N>,
}

impl<N: Namespace> Loopback<N> {
    /// Creates a server with this namespace only.
    pub fn new(namespace: N) -> Self {
        let mut registry = Registry::default();
        registry.add(namespace);
        let handle = NamespaceHandle::new(registry.namespace::<N>().clone());
        let server = Arc::new(SocketIo {
            registry: Arc::new(registry),
            shared: Arc::new(Shared::default()),
            connect_timeout: Duration::from_secs(45),
            max_attachments: 10,
            max_payload: MAX_PAYLOAD,
            max_namespaces: 64,
        });
        Self { server, handle }
    }

    /// Returns the handle of the namespace, to emit to its clients.
    pub fn handle(&self) -> &NamespaceHandle<N> {
        &self.handle
    }

    /// Creates a client. It has to send a CONNECT packet before it is in the namespace.
    pub fn client(&self) -> Peer {
        let observed = observe::Server::new().connection();
        let handshake = Handshake::new(&Request::new(()).into_parts().0, None);
        let limits = Options::default().queue;
        let session = Arc::new(Session::new(generate_id(), Revision::Four, handshake, true, limits, observed));
        let client = self.server.connection(&session);
        Peer { session, client, writing: Outbox::default() }
    }
}

impl<N: Namespace> fmt::Debug for Loopback<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loopback").finish_non_exhaustive()
    }
}

/// A client whose transport accepts every write at once.
pub struct Peer {
    session: Arc<Session>,
    client: ClientConnection,
    writing: Outbox,
}

impl Peer {
    /// Passes a Socket.IO packet from the client to the server, which processes it until a handler has to wait. Returns
    /// `true` if the packet is valid.
    pub fn text(&mut self, packet: &str) -> bool {
        self.client.text(packet, &mut Context::from_waker(Waker::noop())).is_ok()
    }

    /// Discards the packets queued for the client. Returns `true` if there were any.
    pub fn take(&mut self) -> bool {
        let taken = self.session.state().take_queue(&mut self.writing);
        self.writing.clear();
        taken
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}
