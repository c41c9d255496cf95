//! Sets of sockets that are iterated often: rooms, and all sockets of a namespace.
//!
//! A broadcast takes a snapshot and iterates without a lock, so joins and leaves do not wait for it. The
//! set is kept in chunks that are copied only when a snapshot still holds them: a join or leave during a
//! broadcast costs one chunk, not the whole set.

use std::sync::{Arc, Mutex};

use super::raw::RawSocket;
use crate::sync::lock;

/// Members in a chunk: what a join during a broadcast copies at most.
const CHUNK: usize = 128;

type Chunk = Vec<Option<Arc<RawSocket>>>;

/// A set of sockets; each member knows its place, so that leaving needs no search.
#[derive(Debug, Default)]
pub(super) struct Members(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    chunks: Vec<Arc<Chunk>>,
    /// Places that are free, below the end.
    free: Vec<u32>,
    count: usize,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

/// The members at one instant.
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
        // 2^32 sockets do not fit a machine.
        Place(place as u32)
    }

    /// Removes the member at this place. True when it was the last one.
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
