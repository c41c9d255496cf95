//! An event that the server has sent, and to whom.

use std::fmt;

use serde::de::DeserializeOwned;

use super::mailbox::{describe, read};
use crate::contract::Event;
use crate::namespace::Emission;

/// An event that the server has sent, with those it was meant for.
///
/// Clients stand here by the names that the test gave them, also where they are rooms: the room of a client's own id is
/// called by the client's name.
#[derive(Clone)]
#[non_exhaustive]
pub struct Emitted<E> {
    /// The event.
    pub event: E,
    /// The rooms that it was sent to: none for everybody, the socket's own for one that was sent to a socket.
    pub rooms: Vec<String>,
    /// The rooms whose members were left out.
    pub except: Vec<String>,
    /// The socket whose broadcast it was, and which was therefore left out.
    pub sender: Option<String>,
    /// The sockets that it was meant for: those that were connected and in the rooms at that instant, by name. A volatile
    /// event may not have reached all of them.
    pub receivers: Vec<String>,
    /// As it travels.
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
    // The event's type need not be `Debug`.
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
