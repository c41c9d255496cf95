//! Finds the packets of a log that may have been for one socket, without a scan of the others.
//!
//! Every packet has one audience or several: all sockets, one socket, or rooms. The packets of one audience are a linked list from
//! the newest to the oldest, so that a packet costs one lookup when it is kept and none when it is forgotten.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use super::log::{Aim, Entry, Log};

/// The end of a list. No packet has this place.
const NONE: u64 = u64::MAX;
/// Lists that may have become empty before the index is searched for them.
const FEW: usize = 64;

/// Sockets that a packet was sent to. Some of them may have been excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience<'a> {
    All,
    Socket(&'a str),
    Room(&'a str),
}

/// For each audience of a packet, in the order of its aim, the place of the packet before.
#[derive(Debug)]
pub(super) enum Links {
    One(u64),
    Several(Box<[u64]>),
}

/// The place of the newest packet of each audience.
#[derive(Debug)]
pub(super) struct Index {
    all: u64,
    sockets: HashMap<Arc<str>, u64>,
    rooms: HashMap<Box<str>, u64>,
    /// The number of lists at which those without a packet are removed.
    purge_at: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self { all: NONE, sockets: HashMap::new(), rooms: HashMap::new(), purge_at: FEW }
    }
}

impl Index {
    /// Adds a packet in front of the lists of its audiences. `oldest` is the place of the oldest packet that is kept.
    pub(super) fn add(&mut self, aim: &Aim, place: u64, oldest: u64) -> Links {
        if self.sockets.len() + self.rooms.len() >= self.purge_at {
            self.sockets.retain(|_, newest| *newest >= oldest);
            self.rooms.retain(|_, newest| *newest >= oldest);
            self.purge_at = 2 * (self.sockets.len() + self.rooms.len()) + FEW;
        }
        match aim {
            Aim::Socket(id) => Links::One(self.sockets.insert(id.clone(), place).unwrap_or(NONE)),
            Aim::Sockets { target, .. } => match &*target.rooms {
                [] => Links::One(std::mem::replace(&mut self.all, place)),
                [room] => Links::One(self.add_to_room(room, place)),
                rooms => Links::Several(rooms.iter().map(|room| self.add_to_room(room, place)).collect()),
            },
        }
    }

    fn add_to_room(&mut self, room: &str, place: u64) -> u64 {
        match self.rooms.get_mut(room) {
            Some(newest) => std::mem::replace(newest, place),
            None => {
                self.rooms.insert(room.into(), place);
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
    /// The place of the packet before this one that was for the same audience.
    fn before(&self, audience: Audience<'_>) -> u64 {
        match (&self.links, &self.aim, audience) {
            (Links::One(before), ..) => *before,
            (Links::Several(before), Aim::Sockets { target, .. }, Audience::Room(name)) => {
                // Of a room that is named twice, the second link is this packet itself.
                target.rooms.iter().position(|room| room == name).map_or(NONE, |index| before[index])
            }
            (Links::Several(_), ..) => NONE,
        }
    }
}

/// The packets of several audiences, the newest first, each once.
pub(super) struct NewestFirst<'a, P> {
    log: &'a Log<P>,
    audiences: Vec<Audience<'a>>,
    /// The next place of each audience, with its index.
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

    fn advance(&mut self, place: u64, audience: usize) {
        if place != NONE && place >= self.from {
            self.next.push((place, audience));
        }
    }
}

impl<'a, P> Iterator for NewestFirst<'a, P> {
    type Item = (u64, &'a Entry<P>);

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.next.peek()?.0;
        let entry = self.log.get(place)?;
        while let Some(&(next, audience)) = self.next.peek()
            && next == place
        {
            self.next.pop();
            self.advance(entry.before(self.audiences[audience]), audience);
        }
        Some((place, entry))
    }
}
