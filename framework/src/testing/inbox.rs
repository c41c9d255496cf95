//! The packets that a client received in one namespace and the test has not taken yet.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use crate::adapter::Data;
use crate::protocol::{Kind, Packet};
use crate::sync::lock;
use crate::wire::{ArgumentError, Arguments, Payload};

/// The inbox of one namespace on one connection.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<InboxState>,
    changed: Notify,
}

#[derive(Debug, Default)]
pub(super) struct InboxState {
    /// The socket's id, or the rejection as JSON; `None` until the server has answered.
    pub(super) connect_reply: Option<Result<String, String>>,
    pub(super) events: VecDeque<ReceivedEvent>,
    acks: HashMap<u64, Payload>,
    /// Set when the socket is disconnected.
    pub(super) ended: bool,
    next_ack: u64,
}

/// A received event.
#[derive(Debug)]
pub(super) struct ReceivedEvent {
    pub(super) event: Data,
    /// The acknowledgement id, if the server requests one.
    pub(super) ack: Option<u64>,
}

impl Inbox {
    pub(super) fn lock(&self) -> MutexGuard<'_, InboxState> {
        lock(&self.state)
    }

    /// Waits until `find` returns `Some`.
    pub(super) async fn wait<T>(&self, mut find: impl FnMut(&mut InboxState) -> Option<T>) -> T {
        loop {
            let mut changed = pin!(self.changed.notified());
            // Registered before `find` runs, so that no notification is missed.
            changed.as_mut().enable();
            if let Some(found) = find(&mut self.lock()) {
                return found;
            }
            changed.await;
        }
    }

    /// Adds a packet from the server.
    pub(super) fn deliver(&self, packet: Packet<'_>) {
        let Packet { kind, id, data, attachments, .. } = packet;
        let mut state = self.lock();
        match (kind, data) {
            (Kind::Connect, Some(data)) => state.connect_reply = Some(Ok(socket_id(data))),
            (Kind::ConnectError, Some(data)) => state.connect_reply = Some(Err(data.to_owned())),
            (Kind::Event, Some(data)) => {
                state.events.push_back(ReceivedEvent { event: to_data(data, attachments), ack: id });
            }
            (Kind::Ack, Some(data)) => {
                if let Some(id) = id {
                    state.acks.insert(id, Payload::new(data, attachments));
                }
            }
            (Kind::Disconnect, _) => state.ended = true,
            // All other packets without data are ignored.
            (_, None) => {}
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Marks the socket as disconnected.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_waiters();
    }
}

impl InboxState {
    /// Takes the oldest event of this name.
    pub(super) fn take_event(&mut self, name: &str) -> Option<ReceivedEvent> {
        let index = self.events.iter().position(|received| received.event.name() == Some(name))?;
        self.events.remove(index)
    }

    /// Returns a new acknowledgement id.
    pub(super) fn next_ack(&mut self) -> u64 {
        self.next_ack += 1;
        self.next_ack
    }

    /// Takes the acknowledgement of this id, if it has arrived.
    pub(super) fn take_ack(&mut self, id: u64) -> Option<Payload> {
        self.acks.remove(&id)
    }
}

/// Deserializes an event.
pub(super) fn read<E: DeserializeOwned>(event: &Data) -> Result<E, ArgumentError> {
    let head = event.head().expect("the data of an event begins with its name").clone();
    Arguments::event(event.json(), event.attachments().to_vec(), head).all()
}

/// Formats an event for a panic message: its name, and its arguments as sent.
pub(super) fn describe(event: &Data) -> String {
    let attachments = match event.attachments().len() {
        0 => String::new(),
        count => format!(" and {count} attachments"),
    };
    format!("{}{attachments}", event.json())
}

fn to_data(json: &str, attachments: Vec<Bytes>) -> Data {
    Data::event(json, attachments).expect("the decoder has checked it")
}

fn socket_id(json: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Connected {
        sid: String,
    }

    serde_json::from_str::<Connected>(json).map(|connected| connected.sid).expect("the reply to a connect has an id")
}
