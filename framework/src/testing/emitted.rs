//! An event that the server sent, with its recipients.

use std::fmt;

use serde::de::DeserializeOwned;

use super::inbox::{describe, read};
use crate::contract::Event;
use crate::namespace::Emission;

/// An event that the server sent, with its recipients.
///
/// Clients appear under the names that the test gave them. The room of a client's own id appears under the client's
/// name, too.
#[derive(Clone)]
#[non_exhaustive]
pub struct Emitted<E> {
    /// The event.
    pub event: E,
    /// The rooms that the event was sent to. Empty if it was sent to the whole namespace; the socket's own room if it
    /// was sent to one socket.
    pub rooms: Vec<String>,
    /// The rooms that were excluded.
    pub except: Vec<String>,
    /// The socket that broadcast the event, and was therefore excluded.
    pub sender: Option<String>,
    /// The names of the recipients: all selected sockets that were connected when the event was sent. A volatile event
    /// may not have reached all of them.
    pub receivers: Vec<String>,
    /// The event's JSON, as sent.
    json: String,
}

impl<E: Event + DeserializeOwned> Emitted<E> {
    pub(super) fn new(emission: Emission, name: impl Fn(&str) -> String) -> Self {
        let Emission { event, target, sender, receivers, .. } = emission;
        let json = describe(&event);
        let event = read(&event)
            .unwrap_or_else(|error| panic!("what the server emitted as `{}` cannot be read: {error}: {json}", E::NAME));
        let mut receivers: Vec<_> = receivers.iter().map(|id| name(id)).collect();
        receivers.sort_unstable();
        let names = |rooms: Vec<String>| rooms.iter().map(|room| name(room)).collect();
        Self {
            event,
            rooms: names(target.rooms),
            except: names(target.except),
            sender: sender.map(|id| name(&id)),
            receivers,
            json,
        }
    }
}

impl<E> fmt::Debug for Emitted<E> {
    // Not derived, so that `E` need not be `Debug`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitted")
            .field("event", &format_args!("{}", self.json))
            .field("rooms", &self.rooms)
            .field("except", &self.except)
            .field("sender", &self.sender)
            .field("receivers", &self.receivers)
            .finish()
    }
}
