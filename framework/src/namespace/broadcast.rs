//! Sending one event to many sockets.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::error::EmitError;
use super::hub::Hub;
use super::members::Snapshot;
use super::raw::RawSocket;
use crate::contract::{EmittedBy, Namespace, Room};
use crate::protocol::encode;

/// An event for some of the sockets of a namespace: those in any of the rooms given by [`to`](Self::to), or all
/// if none is given, less those in the rooms given by [`except`](Self::except). Each gets it once.
#[must_use = "nothing is sent before `emit`"]
pub struct Broadcast<N: Namespace> {
    hub: Arc<Hub>,
    sender: Option<Arc<RawSocket>>,
    rooms: Vec<String>,
    except: Vec<String>,
    volatile: bool,
    namespace: PhantomData<fn() -> N>,
}

/// Whom a broadcast reached. One slow or vanished receiver does not fail it for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Sockets to which the event was queued.
    pub sent: usize,
    /// Sockets that it was meant for but not queued to: they were disconnected in this instant, their queue
    /// reached its bound, or their transport was not ready for a volatile event.
    pub failed: usize,
}

impl<N: Namespace> Broadcast<N> {
    pub(super) fn new(hub: Arc<Hub>, sender: Option<Arc<RawSocket>>) -> Self {
        Self { hub, sender, rooms: Vec::new(), except: Vec::new(), volatile: false, namespace: PhantomData }
    }

    /// Adds the members of a room.
    pub fn to(mut self, room: impl Room) -> Self {
        self.rooms.push(room.name().into_owned());
        self
    }

    /// Takes the members of a room out.
    pub fn except(mut self, room: impl Room) -> Self {
        self.except.push(room.name().into_owned());
        self
    }

    /// Drops the event for each receiver whose transport is not ready at that instant.
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Sends the event. It is encoded once, whatever the number of receivers, and joins and leaves do not wait
    /// for it.
    ///
    /// # Errors
    ///
    /// [`EmitError::Unwritable`] when the event cannot be expressed in JSON.
    pub fn emit<E: EmittedBy<N>>(&self, event: E) -> Result<Delivery, EmitError> {
        let packet = encode::event(self.hub.path(), None, E::NAME, &event)
            .map_err(|source| EmitError::Unwritable { event: E::NAME, source })?
            .for_many();
        let mut delivery = Delivery { sent: 0, failed: 0 };
        self.for_each(|socket| match socket.send_if_connected(&packet, self.volatile) {
            Some(Ok(())) => delivery.sent += 1,
            Some(Err(_)) => delivery.failed += 1,
            None => {}
        });
        Ok(delivery)
    }

    /// Visits each receiver once.
    fn for_each(&self, mut visit: impl FnMut(&RawSocket)) {
        let sender = self.sender.as_ref();
        let mut seen = HashSet::new();
        for room in &self.except {
            self.room(room, |socket| {
                seen.insert(Arc::as_ptr(socket));
            });
        }
        // One set of members has no doubles: no need to remember whom it has met.
        let several = self.rooms.len() > 1;
        let mut receive = |socket: &Arc<RawSocket>| {
            let new = if several { seen.insert(Arc::as_ptr(socket)) } else { !seen.contains(&Arc::as_ptr(socket)) };
            let is_sender = sender.is_some_and(|sender| Arc::ptr_eq(sender, socket));
            if new && !is_sender {
                visit(socket);
            }
        };
        if self.rooms.is_empty() {
            self.hub.everybody().iter().for_each(receive);
        } else {
            for room in &self.rooms {
                self.room(room, &mut receive);
            }
        }
    }

    /// Visits the members of a room: those who joined it, and the socket whose id it is.
    fn room(&self, name: &str, mut visit: impl FnMut(&Arc<RawSocket>)) {
        let joined = self.hub.rooms.members(name);
        joined.iter().flat_map(Snapshot::iter).for_each(&mut visit);
        if let Some(own) = self.hub.socket(name).filter(|socket| socket.is_in_own_room()) {
            visit(&own);
        }
    }
}

impl<N: Namespace> Clone for Broadcast<N> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            sender: self.sender.clone(),
            rooms: self.rooms.clone(),
            except: self.except.clone(),
            volatile: self.volatile,
            namespace: PhantomData,
        }
    }
}

impl<N: Namespace> fmt::Debug for Broadcast<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Broadcast");
        debug.field("namespace", &self.hub.path()).field("rooms", &self.rooms).field("except", &self.except);
        debug.field("volatile", &self.volatile).finish_non_exhaustive()
    }
}
