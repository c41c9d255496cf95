//! Sets of sockets that are iterated often: the members of a room, and all sockets of a namespace.
//!
//! A broadcast takes a snapshot and iterates without a lock, so joins and leaves do not wait for it. The set is stored
//! in chunks, which are copied only while a snapshot holds them. A join or leave during a broadcast copies one chunk,
//! not the whole set.

use std::sync::{Arc, Mutex};

use super::socket_inner::RawSocket;
use crate::sync::lock;

/// Members per chunk, and therefore the most that a join during a broadcast copies.
const CHUNK: usize = 128;

type Chunk = Vec<Option<Arc<RawSocket>>>;

/// A set of sockets. Each member stores its place, so that removing it needs no search.
#[derive(Debug, Default)]
pub(super) struct Members(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    chunks: Vec<Arc<Chunk>>,
    /// Free places below the end.
    free: Vec<u32>,
    count: usize,
}

/// The position of a member in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

/// The members at one moment.
#[derive(Debug, Default)]
pub(super) struct Snapshot(Vec<Arc<Chunk>>);

impl Members {
    pub(super) fn insert(&self, socket: Arc<RawSocket>) -> Place {
        let mut inner = lock(&self.0);
        inner.count += 1;
        if let Some(place) = inner.free.pop() {
            let (chunk, index) = (place as usize / CHUNK, place as usize % CHUNK);
            Arc::make_mut(&mut inner.chunks[chunk])[index] = Some(socket);
            return Place(place);
        }
        if inner.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            inner.chunks.push(Arc::default());
        }
        let chunk = inner.chunks.len() - 1;
        let members = Arc::make_mut(&mut inner.chunks[chunk]);
        members.push(Some(socket));
        let place = chunk * CHUNK + members.len() - 1;
        // A machine cannot hold 2^32 sockets.
        Place(place as u32)
    }

    /// Removes the member at this place. Returns `true` if it was the last one.
    pub(super) fn remove(&self, place: Place) -> bool {
        let mut inner = lock(&self.0);
        let (chunk, index) = (place.0 as usize / CHUNK, place.0 as usize % CHUNK);
        Arc::make_mut(&mut inner.chunks[chunk])[index] = None;
        inner.free.push(place.0);
        inner.count -= 1;
        if inner.count == 0 {
            *inner = Inner::default();
        }
        inner.count == 0
    }

    pub(super) fn count(&self) -> usize {
        lock(&self.0).count
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot(lock(&self.0).chunks.clone())
    }
}

impl Snapshot {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<RawSocket>> {
        self.0.iter().flat_map(|chunk| chunk.iter().flatten())
    }
}
