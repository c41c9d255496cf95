//! The recovery data of one namespace: its log, and sending in the order of the log.

use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use bytes::Bytes;
use serde::Serialize;
use tokio::time::Instant;

use super::super::broadcast::Delivery;
use super::super::error::EmitError;
use super::super::namespace_state::NamespaceState;
use super::super::socket_inner::SocketInner;
use super::log::{Aim, Entry, Log};
use super::offset::Number;
use super::packet_quota::KeptPacket;
use super::socket::Track;
use super::store::Store;
use crate::adapter::Target;
use crate::engine::state::QueueLimits;
use crate::protocol::Address;
use crate::protocol::encode::{self, Encoded};
use crate::sync::lock;

/// The size of an entry in bytes, without its packet and recipients: its slots in the log and in the queue of all
/// packets. Both allocate up to twice their length.
const ENTRY: usize = 2 * (size_of::<Entry<Encoded>>() + size_of::<KeptPacket>());

/// The recovery data of a namespace.
pub(in super::super) struct Ledger {
    pub(super) store: Arc<Store>,
    /// Ledgers of the same group share a quota.
    pub(super) group: usize,
    log: Mutex<Log<Encoded>>,
    this: Weak<Self>,
}

/// A ledger's locked log. When it is unlocked, packets above the server's limits are evicted, possibly from the log of
/// another namespace. No other lock may be held at that time.
pub(super) struct Locked<'a> {
    log: MutexGuard<'a, Log<Encoded>>,
    room: Room<'a>,
}

/// Evicts packets above the server's limits on drop, if necessary.
struct Room<'a> {
    store: &'a Store,
    wanted: bool,
}

impl Ledger {
    pub(in super::super) fn new(store: &Arc<Store>, group: usize) -> Arc<Self> {
        Arc::new_cyclic(|this| Self { store: store.clone(), group, log: Mutex::default(), this: this.clone() })
    }

    /// Locks the log. Until it is unlocked, no recoverable packet is sent in the namespace. No other lock of the
    /// namespace may be held.
    pub(super) fn lock(&self) -> Locked<'_> {
        Locked { log: lock(&self.log), room: Room { store: &self.store, wanted: false } }
    }

    // ---- writing ----

    pub(in super::super) fn event<E: Serialize + ?Sized>(
        &self,
        to: Address<'_>,
        name: &str,
        event: &E,
    ) -> Result<Encoded, serde_json::Error> {
        let number = self.store.offsets.take();
        encode::numbered_event(to, name, event, number, self.store.offsets.write(number))
    }

    pub(in super::super) fn event_of(&self, to: Address<'_>, json: &str, attachments: &[Bytes]) -> Encoded {
        let number = self.store.offsets.take();
        encode::numbered_event_of(to, json, attachments, number, self.store.offsets.write(number))
    }

    // ---- keeping ----

    /// Adds a packet that is being sent to the log.
    pub(super) fn keep(&self, locked: &mut Locked<'_>, number: Number, aim: Aim, packet: &Encoded) {
        let size = ENTRY + aim.size() + packet.size();
        locked.log.push(number, aim, packet.clone(), size);
        locked.room.wanted |= self.store.packets.add(self.group, &self.this, size, Instant::now());
    }

    /// Evicts the oldest packet.
    pub(super) fn forget_first(&self) {
        lock(&self.log).pop();
    }

    /// Returns the packets that a socket has missed since a log position, with their positions. Returns `None` if some
    /// of them are no longer in the log, or if they exceed the limit of a single client.
    pub(super) fn missed<'a>(
        &self,
        log: &'a Log<Encoded>,
        id: &'a str,
        track: &'a Track,
        from: u64,
    ) -> Option<Vec<(u64, &'a Entry<Encoded>)>> {
        let cost = |packet: &Encoded| QueueLimits { bytes: packet.size(), packets: 1 + packet.attachments.len() };
        track.presence().missed(log, id, from, self.store.most_missed, cost)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let (packets, bytes) = lock(&self.log).totals();
        self.store.packets.abandon(self.group, packets, bytes);
    }
}

impl Deref for Locked<'_> {
    type Target = Log<Encoded>;

    fn deref(&self) -> &Self::Target {
        &self.log
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.log
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        if self.wanted {
            self.store.packets.forget(Instant::now());
        }
    }
}

/// The sockets whose listeners were called for a packet. They are kept alive, so that no new socket reuses their
/// address.
#[derive(Default)]
struct Told(HashMap<*const SocketInner, Arc<SocketInner>>);

impl Told {
    fn insert(&mut self, socket: &Arc<SocketInner>) {
        self.0.insert(Arc::as_ptr(socket), socket.clone());
    }

    fn contains(&self, socket: &Arc<SocketInner>) -> bool {
        self.0.contains_key(&Arc::as_ptr(socket))
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

impl NamespaceState {
    /// Sends a numbered packet to all selected sockets.
    #[cold]
    pub(in super::super) fn broadcast_in_order(
        &self,
        target: &Target,
        sender: Option<&Arc<SocketInner>>,
        packet: &Encoded,
        (ledger, number): (&Ledger, Number),
    ) -> Delivery {
        // Called without the lock, because these listeners are the application's code.
        let mut told = Told::default();
        self.each_connected(target, sender, |socket| {
            if socket.has_outgoing() {
                socket.notify_outgoing(packet);
                told.insert(socket);
            }
        });
        // Sockets that were connected since then. Their listeners are called after the lock is released.
        let mut untold = Vec::new();
        let mut delivery = Delivery { sent: 0, failed: 0 };
        let mut log = ledger.lock();
        let place = log.next();
        self.each(target, sender, |socket| {
            if socket.is_connected() {
                match socket.receive(place, number, packet, true) {
                    true => delivery.sent += 1,
                    false => delivery.failed += 1,
                }
                if socket.has_outgoing() && !told.contains(socket) {
                    untold.push(socket.clone());
                }
            }
        });
        if delivery.sent + delivery.failed > 0 || ledger.store.awaits_somebody() {
            let sender = sender.map(|sender| sender.id().clone());
            ledger.keep(&mut log, number, Aim::Sockets { target: target.clone(), sender }, packet);
        }
        drop(log);
        untold.iter().for_each(|socket| socket.notify_outgoing(packet));
        delivery
    }
}

impl SocketInner {
    /// Sends a numbered packet to this client, even if it is disconnected or has been recovered, which creates another
    /// socket with the same id.
    #[cold]
    pub(in super::super) fn emit_in_order(
        &self,
        ledger: &Ledger,
        number: Number,
        packet: &Encoded,
    ) -> Result<(), EmitError> {
        // Called without the lock, because these listeners are the application's code. A disconnected socket has no
        // listeners.
        if let Some(newer) = self.newer() {
            newer.notify_outgoing(packet);
        }
        // Declared before the lock, because dropping the last reference drops values of the application.
        let newer;
        let mut log = ledger.lock();
        if self.is_connecting() {
            return self.queue_while_connecting(packet, false);
        }
        newer = self.newer();
        let receiver = newer.as_deref().unwrap_or(self);
        if receiver.is_connected() {
            receiver.receive(log.next(), number, packet, false);
        } else if !ledger.store.awaits(self.id()) {
            return Err(EmitError::Disconnected);
        }
        ledger.keep(&mut log, number, Aim::Socket(self.id().clone()), packet);
        Ok(())
    }

    /// Returns the socket that has replaced this one, if it was recovered.
    fn newer(&self) -> Option<Arc<SocketInner>> {
        if self.is_disconnected() { self.namespace.socket(self.id()) } else { None }
    }
}
