//! Sets of sockets that are iterated often: the members of a room, and all sockets of a namespace.
//!
//! A broadcast takes a snapshot and iterates without a lock, so joins and leaves do not wait for it. The set is stored
//! in chunks, which are copied only while a snapshot holds them. A join or leave during a broadcast copies one chunk,
//! not the whole set.

use std::sync::{Arc, Mutex};

use super::socket_inner::SocketInner;
use crate::sync::lock;

/// Members per chunk, and therefore the most that a join during a broadcast copies.
const CHUNK: usize = 128;

type Chunk = Vec<Option<Arc<SocketInner>>>;

/// A set of sockets. Each member stores its slot, so that removing it needs no search.
#[derive(Debug, Default)]
pub(super) struct SocketSet(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    chunks: Vec<Arc<Chunk>>,
    /// Free slots below the end.
    free: Vec<u32>,
    count: usize,
}

/// The position of a member in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

/// The members at one moment.
#[derive(Debug, Default)]
pub(super) struct Snapshot(Vec<Arc<Chunk>>);

impl SocketSet {
    pub(super) fn insert(&self, socket: Arc<SocketInner>) -> Slot {
        let mut inner = lock(&self.0);
        inner.count += 1;
        if let Some(slot) = inner.free.pop() {
            let (chunk, index) = (slot as usize / CHUNK, slot as usize % CHUNK);
            Arc::make_mut(&mut inner.chunks[chunk])[index] = Some(socket);
            return Slot(slot);
        }
        if inner.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            inner.chunks.push(Arc::default());
        }
        let chunk = inner.chunks.len() - 1;
        let members = Arc::make_mut(&mut inner.chunks[chunk]);
        members.push(Some(socket));
        let slot = chunk * CHUNK + members.len() - 1;
        // A machine cannot hold 2^32 sockets.
        Slot(slot as u32)
    }

    /// Removes the member in this slot. Returns `true` if it was the last one.
    pub(super) fn remove(&self, slot: Slot) -> bool {
        let mut inner = lock(&self.0);
        let (chunk, index) = (slot.0 as usize / CHUNK, slot.0 as usize % CHUNK);
        Arc::make_mut(&mut inner.chunks[chunk])[index] = None;
        inner.free.push(slot.0);
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
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<SocketInner>> {
        self.0.iter().flat_map(|chunk| chunk.iter().flatten())
    }
}
