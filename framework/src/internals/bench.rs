//! What the benchmarks in `framework/benches` call: single steps of a packet's way, and connections without a network.

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
use crate::engine::session::Session;
use crate::engine::{FrameReader, Room, generate_id};
use crate::namespace::{Client, Registry, Shared, SocketIo};
use crate::protocol::encode::{self, AckSlot};
use crate::protocol::{Address, Decoder, Parser, json};
use crate::{Namespace, NamespaceHandle};

/// More than any benchmark sends at a time.
const MAX_PAYLOAD: usize = 1_000_000;

/// Reads one Engine.IO packet.
pub fn engine_packet(text: &str) -> bool {
    codec::Packet::parse(text).is_ok()
}

/// Reads the body of a polling request, and says how many packets it holds.
pub fn engine_payload(body: &str) -> usize {
    codec::packets(body).filter(Result::is_ok).count()
}

/// Reads WebSocket frames in place, and says how many messages they hold.
pub fn frames(buffer: &mut [u8]) -> usize {
    let mut reader = FrameReader::new(MAX_PAYLOAD);
    let (mut at, mut count, mut room) = (0, 0, Room::new());
    while let Ok(Some((_, length))) = reader.next(&mut buffer[at..], &mut room) {
        at += length;
        count += 1;
    }
    count
}

/// Reads one Socket.IO packet: its text, and its attachments.
pub fn packet(text: &str, attachments: &[Bytes]) -> bool {
    let mut decoder = Decoder::new(10, MAX_PAYLOAD);
    let mut complete = matches!(decoder.text(text), Ok(Some(_)));
    for attachment in attachments {
        complete = matches!(decoder.binary(attachment.clone()), Ok(Some(_)));
    }
    complete
}

/// Looks whether a text is JSON.
pub fn is_json(text: &str) -> bool {
    json::is_valid(text)
}

/// Writes an event as a frame, and says how long that is.
pub fn event<E: Serialize>(name: &str, event: &E) -> usize {
    encode::event(ROOT, None, name, event).map_or(0, |packet| packet.head.len())
}

/// The namespace that packets are of.
const ROOT: Address<'_> = Address { parser: Parser::Json, namespace: "/" };

/// Writes an acknowledgement as a frame, and says how long that is.
pub fn acknowledgement<T: Serialize>(value: &T) -> usize {
    AckSlot { parser: Parser::Json, id: 7 }.answer(value).map_or(0, |answer| answer.behind("").head.len())
}

/// A namespace whose clients have no network.
pub struct Loopback<N: Namespace> {
    server: Arc<SocketIo>,
    handle: NamespaceHandle<N>,
}

impl<N: Namespace> Loopback<N> {
    /// A server of this namespace alone.
    pub fn new(namespace: N) -> Self {
        let mut registry = Registry::default();
        registry.add(namespace);
        let handle = NamespaceHandle::new(registry.hub::<N>().clone());
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

    /// The namespace, to emit to.
    pub fn handle(&self) -> &NamespaceHandle<N> {
        &self.handle
    }

    /// A client, which has to connect to the namespace.
    pub fn client(&self) -> Peer {
        let handshake = Handshake::new(&Request::new(()).into_parts().0, None);
        let session = Arc::new(Session::new(generate_id(), handshake, true, Options::default().queue));
        let client = self.server.connection(&session);
        Peer { session, client, writing: Outbox::default() }
    }
}

impl<N: Namespace> fmt::Debug for Loopback<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loopback").finish_non_exhaustive()
    }
}

/// A client whose transport takes everything at once.
pub struct Peer {
    session: Arc<Session>,
    client: Client,
    writing: Outbox,
}

impl Peer {
    /// A Socket.IO packet of the client, and all that it does until a handler waits.
    pub fn text(&mut self, packet: &str) -> bool {
        self.client.text(packet, &mut Context::from_waker(Waker::noop())).is_ok()
    }

    /// Takes what is queued for the client, and says whether there was anything.
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
