//! The chat: what travels, and what the server does with it.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use switchboard::prelude::*;

/// How many messages of a channel are kept for those who come later.
const HISTORY: usize = 100;
const LONGEST_NAME: usize = 24;
const LONGEST_TEXT: usize = 1000;
const LONGEST_ID: usize = 64;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;

/// A room that everybody may enter.
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
    /// The socket's id: the address of a private message.
    id: String,
    name: String,
}

/// What a client shows at the door.
#[payload]
struct Card {
    name: String,
}

/// What somebody wrote. The id is the client's own, so that a message sent twice is one message.
#[payload]
struct Draft {
    id: String,
    text: String,
}

/// Everybody who is here, for one who just came.
#[event("welcome")]
struct Welcome(Vec<Presence>);

/// Somebody came, or entered or left a channel.
#[event("presence")]
#[derive(Clone)]
struct Presence {
    person: Person,
    channels: BTreeSet<Channel>,
}

/// Somebody's connection ended.
#[event("gone")]
struct Gone(String);

/// Said in a channel.
#[event("message")]
#[derive(Clone)]
struct Message {
    id: String,
    channel: Channel,
    from: Person,
    text: String,
    /// Milliseconds since 1970.
    at: u64,
}

/// Said to one person.
#[event("private")]
struct Private {
    id: String,
    from: Person,
    to: Person,
    text: String,
    /// Milliseconds since 1970.
    at: u64,
}

#[event("typing")]
struct Typing {
    channel: Channel,
    person: Person,
}

/// Why an event was refused; its sender gets `{ error: { message } }` as the acknowledgement.
#[payload]
struct Refusal {
    message: String,
}

impl<E: Display> From<E> for Refusal {
    fn from(reason: E) -> Self {
        Self { message: reason.to_string() }
    }
}

/// The namespace, and what all its sockets share.
#[derive(Default)]
pub(crate) struct Chat {
    here: Mutex<HashMap<String, Presence>>,
    history: Mutex<HashMap<Channel, VecDeque<Message>>>,
}

#[namespace("/chat", session = Person, emits(Welcome, Presence, Gone, Message, Private, Typing))]
impl Chat {
    /// Lets somebody in under a name, and tells them who is here.
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

    /// Enters a channel, and returns what was said there.
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

    /// Says something in a channel.
    #[on("say")]
    fn say(&self, socket: &Socket<Self>, channel: Channel, draft: Draft) -> Result<Message, Refusal> {
        let Draft { id, text } = draft.checked()?;
        // Locked until the message is on its way: everybody gets messages in the order of the history.
        let mut history = lock(&self.history);
        let said = history.entry(channel).or_default();
        // A client whose connection broke before the acknowledgement came says it again.
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

    /// Says something to one person, whose socket's id is also the name of a room with nobody else in it.
    #[on("whisper")]
    fn whisper(&self, socket: &Socket<Self>, to: String, draft: Draft) -> Result<Private, Refusal> {
        let Draft { id, text } = draft.checked()?;
        // Looked up, and not taken at its word: it could be the name of any room.
        let to = lock(&self.here).get(&to).map(|presence| presence.person.clone());
        let to = to.ok_or("They are not here any more.")?;
        let private = Private { id, from: socket.session().clone(), to, text, at: now() };
        socket.to(&private.to.id).emit(&private)?;
        Ok(private)
    }

    /// Shows the others in a channel that somebody is typing.
    #[on("write")]
    fn write(&self, socket: &Socket<Self>, channel: Channel) {
        // Nobody waits for an answer, and a sign that is lost is no loss.
        let _ = socket.to(channel).volatile().emit(Typing { channel, person: socket.session().clone() });
    }

    #[on_disconnect]
    fn gone(&self, socket: &Socket<Self>) {
        lock(&self.here).remove(socket.id());
        // Only what JSON cannot express fails here, and nobody is left to be told.
        let _ = socket.broadcast().emit(Gone(socket.id().to_owned()));
    }
}

impl Chat {
    /// Tells one who just came who is here, and the others that somebody came.
    fn introduce(&self, socket: &Socket<Self>, person: &Person) -> Result<(), EmitError> {
        let presence = Presence { person: person.clone(), channels: BTreeSet::new() };
        let mut here = lock(&self.here);
        here.insert(person.id.clone(), presence.clone());
        socket.emit(Welcome(here.values().cloned().collect()))?;
        socket.broadcast().emit(presence)?;
        Ok(())
    }

    /// Changes the channels that somebody is in, and tells everybody.
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

/// What a panic elsewhere left behind is still good: no change here is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
