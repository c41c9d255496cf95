//! The client side of a connection. It answers heartbeats, and distributes packets by namespace.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf, split};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::inbox::Inbox;
use super::websocket::{self, BINARY, CLOSE, TEXT};
use crate::protocol::encode::Encoded;
use crate::protocol::{Decoder, Packet};
use crate::sync::lock;

/// A connection. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Connection {
    state: Arc<ConnectionState>,
    tasks: Mutex<JoinSet<()>>,
}

/// State shared by the connection and its tasks.
#[derive(Debug)]
struct ConnectionState {
    frames: UnboundedSender<Vec<u8>>,
    inboxes: Mutex<HashMap<String, Arc<Inbox>>>,
    /// Set when heartbeats are left unanswered.
    ignores_heartbeats: AtomicBool,
}

impl Connection {
    /// Creates a connection from an open WebSocket. `received` holds the bytes read after the response to the upgrade.
    pub(super) fn new(stream: DuplexStream, received: BytesMut) -> Self {
        let (frames, outgoing) = unbounded_channel();
        let state =
            Arc::new(ConnectionState { frames, inboxes: Mutex::default(), ignores_heartbeats: AtomicBool::new(false) });
        let (reader, writer) = split(stream);
        let mut tasks = JoinSet::new();
        // Two tasks, so that reading and writing never block each other.
        tasks.spawn(read(reader, received, EndInboxesOnDrop(state.clone())));
        tasks.spawn(write(writer, outgoing));
        Self { state, tasks: Mutex::new(tasks) }
    }

    /// Creates an inbox, which receives the packets of a namespace from now on.
    pub(super) fn inbox(&self, path: &str) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::default());
        lock(&self.state.inboxes).insert(path.to_owned(), inbox.clone());
        inbox
    }

    /// Sends an event or an acknowledgement.
    pub(super) fn send(&self, packet: &Encoded) {
        self.state.send(TEXT, packet.head.payload());
        for attachment in &packet.attachments {
            self.state.send(BINARY, attachment.payload());
        }
    }

    /// Sends a text message that already begins with the digit of its Engine.IO packet type.
    pub(super) fn send_text(&self, text: &str) {
        self.state.send(TEXT, text.as_bytes());
    }

    /// Stops answering heartbeats.
    pub(super) fn stop_heartbeat(&self) {
        self.state.ignores_heartbeats.store(true, Ordering::Relaxed);
    }

    /// Drops the connection without a close handshake.
    pub(super) fn drop_connection(&self) {
        lock(&self.tasks).abort_all();
    }
}

impl ConnectionState {
    fn send(&self, opcode: u8, payload: &[u8]) {
        // Frames for a closed connection are dropped.
        let _ = self.frames.send(websocket::frame(opcode, payload));
    }

    fn deliver(&self, packet: Packet<'_>) {
        let inbox = lock(&self.inboxes).get(packet.namespace).cloned();
        if let Some(inbox) = inbox {
            inbox.deliver(packet);
        }
    }

    /// Handles a text message of Engine.IO.
    fn text(&self, text: &str, decoder: &mut Decoder) {
        if text == "2" && !self.ignores_heartbeats.load(Ordering::Relaxed) {
            self.send(TEXT, b"3");
        }
        if let Some(message) = text.strip_prefix('4') {
            match decoder.text(message) {
                Ok(Some(packet)) => self.deliver(packet),
                Ok(None) => {}
                Err(error) => panic!("the server has sent what is no packet: {message:?}: {error}"),
            }
        }
    }

    fn binary(&self, data: Bytes, decoder: &mut Decoder) {
        match decoder.binary(data) {
            Ok(Some(packet)) => self.deliver(packet),
            Ok(None) => {}
            Err(error) => panic!("the server has sent bytes that belong nowhere: {error}"),
        }
    }
}

/// Ends all inboxes when the reading task ends, even if it is aborted.
struct EndInboxesOnDrop(Arc<ConnectionState>);

impl Drop for EndInboxesOnDrop {
    fn drop(&mut self) {
        lock(&self.0.inboxes).values().for_each(|inbox| inbox.end());
    }
}

async fn read(mut stream: ReadHalf<DuplexStream>, mut received: BytesMut, guard: EndInboxesOnDrop) {
    // Tests trust their server, so the limits are disabled.
    let mut decoder = Decoder::new(usize::MAX, usize::MAX);
    loop {
        while let Some((opcode, payload)) = websocket::take_frame(&mut received) {
            match opcode {
                TEXT => guard.0.text(&String::from_utf8_lossy(&payload), &mut decoder),
                BINARY => guard.0.binary(payload, &mut decoder),
                CLOSE => return guard.0.send(CLOSE, &payload),
                _ => {}
            }
        }
        if !stream.read_buf(&mut received).await.is_ok_and(|count| count > 0) {
            return;
        }
    }
}

async fn write(mut stream: WriteHalf<DuplexStream>, mut frames: UnboundedReceiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if stream.write_all(&frame).await.is_err() {
            return;
        }
    }
}
