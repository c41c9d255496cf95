//! The chat namespace: its events, payloads, state and handlers.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use switchboard::prelude::*;

/// Messages per channel that the server keeps and sends to sockets that join.
const HISTORY: usize = 100;
const LONGEST_NAME: usize = 24;
const LONGEST_TEXT: usize = 1000;
const LONGEST_ID: usize = 64;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;

/// A public room.
#[payload]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Room)]
enum Channel {
    Lobby,
    Music,
    Help,
}

#[payload]
#[derive(Clone)]
pub(crate) struct Person {
    /// The id of the person's socket; private messages are sent to it.
    id: String,
    name: String,
}

/// The `auth` payload of a connecting client.
#[payload]
struct Card {
    name: String,
}

/// A message to be sent. The client creates the id, and the server ignores a second message with the same id.
#[payload]
struct Draft {
    id: String,
    text: String,
}

/// The people who are online. Sent to a socket when it connects.
#[event("welcome")]
struct Welcome(Vec<Presence>);

/// A person connected, or joined or left a channel.
#[event("presence")]
#[derive(Clone)]
struct Presence {
    person: Person,
    channels: BTreeSet<Channel>,
}

/// A person disconnected. The payload is the socket's id.
#[event("gone")]
struct Gone(String);

/// A message in a channel.
#[event("message")]
#[derive(Clone)]
struct Message {
    id: String,
    channel: Channel,
    from: Person,
    text: String,
    /// Unix time in milliseconds.
    at: u64,
}

/// A message to one person.
#[event("private")]
struct Private {
    id: String,
    from: Person,
    to: Person,
    text: String,
    /// Unix time in milliseconds.
    at: u64,
}

#[event("typing")]
struct Typing {
    channel: Channel,
    person: Person,
}

/// The reason why an event was rejected. The sender's acknowledgement is `{ error: { message } }`.
#[payload]
struct Refusal {
    message: String,
}

impl<E: Display> From<E> for Refusal {
    fn from(reason: E) -> Self {
        Self { message: reason.to_string() }
    }
}

/// The namespace and its shared state.
#[derive(Default)]
pub(crate) struct Chat {
    here: Mutex<HashMap<String, Presence>>,
    history: Mutex<HashMap<Channel, VecDeque<Message>>>,
}

#[namespace("/chat", session = Person, emits(Welcome, Presence, Gone, Message, Private, Typing))]
impl Chat {
    /// Checks the name, sends the list of people to the new socket, and returns its session.
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>, Auth(card): Auth<Card>) -> Result<Person, ConnectError> {
        let name = card.name.trim().to_owned();
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
            return Err(ConnectError::new(format!("A name has 1 to {LONGEST_NAME} characters.")));
        }
        let person = Person { id: socket.id().to_owned(), name };
        self.introduce(socket, &person)?;
        Ok(person)
    }

    /// Joins a channel, and returns its history.
    #[on("join")]
    fn join(&self, socket: &Socket<Self>, channel: Channel) -> Result<Vec<Message>, Refusal> {
        socket.join(channel)?;
        self.attend(socket, |channels| channels.insert(channel))?;
        Ok(lock(&self.history).get(&channel).into_iter().flatten().cloned().collect())
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>, channel: Channel) -> Result<(), Refusal> {
        socket.leave(channel);
        self.attend(socket, |channels| channels.remove(&channel))
    }

    /// Sends a message to a channel.
    #[on("say")]
    fn say(&self, socket: &Socket<Self>, channel: Channel, draft: Draft) -> Result<Message, Refusal> {
        let Draft { id, text } = draft.checked()?;
        // Held until the message is queued, so that all sockets receive messages in the order of the history.
        let mut history = lock(&self.history);
        let said = history.entry(channel).or_default();
        // A client that disconnected before it received the acknowledgement sends the message again.
        if let Some(known) = said.iter().find(|message| message.id == id) {
            return Ok(known.clone());
        }
        let message = Message { id, channel, from: socket.session().clone(), text, at: now() };
        if said.len() == HISTORY {
            said.pop_front();
        }
        said.push_back(message.clone());
        socket.to(channel).emit(&message)?;
        Ok(message)
    }

    /// Sends a message to one person. `to` is the id of the person's socket, which is also a room with one member.
    #[on("whisper")]
    fn whisper(&self, socket: &Socket<Self>, to: String, draft: Draft) -> Result<Private, Refusal> {
        let Draft { id, text } = draft.checked()?;
        // `to` comes from the client and could name any room, so it must be the id of a known person.
        let to = lock(&self.here).get(&to).map(|presence| presence.person.clone());
        let to = to.ok_or("They are not here any more.")?;
        let private = Private { id, from: socket.session().clone(), to, text, at: now() };
        socket.to(&private.to.id).emit(&private)?;
        Ok(private)
    }

    /// Tells the other sockets in a channel that the sender is typing.
    #[on("write")]
    fn write(&self, socket: &Socket<Self>, channel: Channel) {
        // The client does not wait for an acknowledgement, and a lost typing notice does no harm.
        let _ = socket.to(channel).volatile().emit(Typing { channel, person: socket.session().clone() });
    }

    #[on_disconnect]
    fn gone(&self, socket: &Socket<Self>) {
        lock(&self.here).remove(socket.id());
        // `emit` fails only for values that JSON cannot express, and a string is always valid.
        let _ = socket.broadcast().emit(Gone(socket.id().to_owned()));
    }
}

impl Chat {
    /// Sends the list of people to the new socket, and announces it to the other sockets.
    fn introduce(&self, socket: &Socket<Self>, person: &Person) -> Result<(), EmitError> {
        let presence = Presence { person: person.clone(), channels: BTreeSet::new() };
        let mut here = lock(&self.here);
        here.insert(person.id.clone(), presence.clone());
        socket.emit(Welcome(here.values().cloned().collect()))?;
        socket.broadcast().emit(presence)?;
        Ok(())
    }

    /// Changes the channel list of the socket's person, and broadcasts the result.
    fn attend(
        &self,
        socket: &Socket<Self>,
        change: impl FnOnce(&mut BTreeSet<Channel>) -> bool,
    ) -> Result<(), Refusal> {
        let mut here = lock(&self.here);
        let Some(presence) = here.get_mut(socket.id()) else { return Ok(()) };
        change(&mut presence.channels);
        socket.namespace().emit(&*presence)?;
        Ok(())
    }
}

impl Draft {
    fn checked(self) -> Result<Self, Refusal> {
        match self.text.chars().count() {
            _ if self.id.len() > LONGEST_ID => Err("The message's id is too long.".into()),
            _ if self.text.trim().is_empty() => Err("There is nothing in this message.".into()),
            length if length > LONGEST_TEXT => Err(format!("A message has at most {LONGEST_TEXT} characters.").into()),
            _ => Ok(self),
        }
    }
}

/// Locks a mutex and ignores poisoning: every change under these locks is complete, so a panic leaves valid data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
