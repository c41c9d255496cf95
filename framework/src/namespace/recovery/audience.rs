//! Finds the packets in a log that may have been sent to a given socket, without scanning the others.
//!
//! Every packet has one or several audiences: all sockets, one socket, or rooms. The packets of each audience form a
//! linked list, from the newest to the oldest. Adding a packet costs one lookup per audience, and removing it costs
//! none.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use super::log::{Entry, Log, Recipients};

/// The end of a list. No packet has this position.
const NONE: u64 = u64::MAX;
/// Empty lists that the index may contain before it is purged.
const PURGE_SLACK: usize = 64;

/// The sockets that a packet was sent to. Some of them may have been excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience<'a> {
    All,
    Socket(&'a str),
    Room(&'a str),
}

/// The position of the previous packet for each audience of a packet, in the order of its rooms.
#[derive(Debug)]
pub(super) enum Links {
    One(u64),
    Several(Box<[u64]>),
}

/// The position of the newest packet of each audience.
#[derive(Debug)]
pub(super) struct Index {
    all: u64,
    sockets: HashMap<Arc<str>, u64>,
    rooms: HashMap<Box<str>, u64>,
    /// The number of lists at which empty ones are removed.
    purge_at: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self { all: NONE, sockets: HashMap::new(), rooms: HashMap::new(), purge_at: PURGE_SLACK }
    }
}

impl Index {
    /// Adds a packet at the head of the lists of its audiences. `oldest` is the position of the oldest packet in the
    /// log.
    pub(super) fn add(&mut self, recipients: &Recipients, position: u64, oldest: u64) -> Links {
        if self.sockets.len() + self.rooms.len() >= self.purge_at {
            self.sockets.retain(|_, newest| *newest >= oldest);
            self.rooms.retain(|_, newest| *newest >= oldest);
            self.purge_at = 2 * (self.sockets.len() + self.rooms.len()) + PURGE_SLACK;
        }
        match recipients {
            Recipients::Socket(id) => Links::One(self.sockets.insert(id.clone(), position).unwrap_or(NONE)),
            Recipients::Sockets { target, .. } => match &*target.rooms {
                [] => Links::One(std::mem::replace(&mut self.all, position)),
                [room] => Links::One(self.add_to_room(room, position)),
                rooms => Links::Several(rooms.iter().map(|room| self.add_to_room(room, position)).collect()),
            },
        }
    }

    fn add_to_room(&mut self, room: &str, position: u64) -> u64 {
        match self.rooms.get_mut(room) {
            Some(newest) => std::mem::replace(newest, position),
            None => {
                self.rooms.insert(room.into(), position);
                NONE
            }
        }
    }

    fn newest(&self, audience: Audience<'_>) -> u64 {
        match audience {
            Audience::All => self.all,
            Audience::Socket(id) => self.sockets.get(id).copied().unwrap_or(NONE),
            Audience::Room(room) => self.rooms.get(room).copied().unwrap_or(NONE),
        }
    }

    #[cfg(test)]
    pub(super) fn lists(&self) -> usize {
        self.sockets.len() + self.rooms.len()
    }
}

impl<P> Entry<P> {
    /// Returns the position of the previous packet for the same audience.
    fn before(&self, audience: Audience<'_>) -> u64 {
        match (&self.links, &self.recipients, audience) {
            (Links::One(before), ..) => *before,
            (Links::Several(before), Recipients::Sockets { target, .. }, Audience::Room(name)) => {
                // If a room is named twice, its second link is the position of this packet itself.
                target.rooms.iter().position(|room| room == name).map_or(NONE, |index| before[index])
            }
            (Links::Several(_), ..) => NONE,
        }
    }
}

/// Iterates over the packets of several audiences, the newest first, each packet once.
pub(super) struct NewestFirst<'a, P> {
    log: &'a Log<P>,
    audiences: Vec<Audience<'a>>,
    /// The next position for each audience, with the audience's index.
    next: BinaryHeap<(u64, usize)>,
    from: u64,
}

impl<'a, P> NewestFirst<'a, P> {
    pub(super) fn new(log: &'a Log<P>, audiences: impl Iterator<Item = Audience<'a>>, from: u64) -> Self {
        let mut this = Self { log, audiences: Vec::new(), next: BinaryHeap::new(), from: from.max(log.oldest()) };
        for audience in audiences {
            let newest = log.index().newest(audience);
            this.advance(newest, this.audiences.len());
            this.audiences.push(audience);
        }
        this
    }

    fn advance(&mut self, position: u64, audience: usize) {
        if position != NONE && position >= self.from {
            self.next.push((position, audience));
        }
    }
}

impl<'a, P> Iterator for NewestFirst<'a, P> {
    type Item = (u64, &'a Entry<P>);

    fn next(&mut self) -> Option<Self::Item> {
        let position = self.next.peek()?.0;
        let entry = self.log.get(position)?;
        while let Some(&(next, audience)) = self.next.peek()
            && next == position
        {
            self.next.pop();
            self.advance(entry.before(self.audiences[audience]), audience);
        }
        Some((position, entry))
    }
}
