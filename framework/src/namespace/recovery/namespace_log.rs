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
use super::log::{Entry, Log, Recipients};
use super::offset::Number;
use super::packet_quota::QueuedPacket;
use super::socket::DeliveryState;
use super::store::Store;
use crate::adapter::Target;
use crate::engine::state::QueueLimits;
use crate::protocol::Address;
use crate::protocol::encode::{self, Encoded};
use crate::sync::lock;

/// The size of an entry in bytes, without its packet and recipients: its slots in the log and in the queue of all
/// packets. Both allocate up to twice their length.
const ENTRY_SIZE: usize = 2 * (size_of::<Entry<Encoded>>() + size_of::<QueuedPacket>());

/// The recovery data of a namespace.
pub(in super::super) struct NamespaceLog {
    pub(super) store: Arc<Store>,
    /// Logs of the same group share a quota.
    pub(super) group: usize,
    log: Mutex<Log<Encoded>>,
    weak_self: Weak<Self>,
}

/// The locked log of a namespace. When it is unlocked, packets above the server's limits are evicted, possibly from the
/// log of another namespace. No other lock may be held at that time.
pub(super) struct LogGuard<'a> {
    log: MutexGuard<'a, Log<Encoded>>,
    eviction: EvictOnDrop<'a>,
}

/// Evicts packets above the server's limits on drop, if necessary.
struct EvictOnDrop<'a> {
    store: &'a Store,
    is_needed: bool,
}

impl NamespaceLog {
    pub(in super::super) fn new(store: &Arc<Store>, group: usize) -> Arc<Self> {
        Arc::new_cyclic(|weak_self| Self {
            store: store.clone(),
            group,
            log: Mutex::default(),
            weak_self: weak_self.clone(),
        })
    }

    /// Locks the log. Until it is unlocked, no recoverable packet is sent in the namespace. No other lock of the
    /// namespace may be held.
    pub(super) fn lock(&self) -> LogGuard<'_> {
        LogGuard { log: lock(&self.log), eviction: EvictOnDrop { store: &self.store, is_needed: false } }
    }

    // ---- writing ----

    pub(in super::super) fn event<E: Serialize + ?Sized>(
        &self,
        to: Address<'_>,
        name: &str,
        event: &E,
    ) -> Result<Encoded, serde_json::Error> {
        let number = self.store.offsets.next_number();
        encode::numbered_event(to, name, event, number, self.store.offsets.offset(number))
    }

    pub(in super::super) fn event_of(&self, to: Address<'_>, json: &str, attachments: &[Bytes]) -> Encoded {
        let number = self.store.offsets.next_number();
        encode::numbered_event_of(to, json, attachments, number, self.store.offsets.offset(number))
    }

    // ---- storing ----

    /// Adds a packet that is being sent to the log.
    pub(super) fn append(&self, locked: &mut LogGuard<'_>, number: Number, recipients: Recipients, packet: &Encoded) {
        let size = ENTRY_SIZE + recipients.size() + packet.size();
        locked.log.push(number, recipients, packet.clone(), size);
        locked.eviction.is_needed |= self.store.packet_quota.add(self.group, &self.weak_self, size, Instant::now());
    }

    /// Evicts the oldest packet.
    pub(super) fn evict_oldest(&self) {
        lock(&self.log).pop();
    }

    /// Returns the packets that a socket has missed since a log position, with their positions. Returns `None` if some
    /// of them are no longer in the log, or if they exceed the limit of a single client.
    pub(super) fn missed<'a>(
        &self,
        log: &'a Log<Encoded>,
        id: &'a str,
        delivery_state: &'a DeliveryState,
        from: u64,
    ) -> Option<Vec<(u64, &'a Entry<Encoded>)>> {
        let cost = |packet: &Encoded| QueueLimits { bytes: packet.size(), packets: 1 + packet.attachments.len() };
        delivery_state.room_history().missed(log, id, from, self.store.max_missed, cost)
    }
}

impl Drop for NamespaceLog {
    fn drop(&mut self) {
        let (packets, bytes) = lock(&self.log).totals();
        self.store.packet_quota.remove_log(self.group, packets, bytes);
    }
}

impl Deref for LogGuard<'_> {
    type Target = Log<Encoded>;

    fn deref(&self) -> &Self::Target {
        &self.log
    }
}

impl DerefMut for LogGuard<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.log
    }
}

impl Drop for EvictOnDrop<'_> {
    fn drop(&mut self) {
        if self.is_needed {
            self.store.packet_quota.evict(Instant::now());
        }
    }
}

/// The sockets whose listeners were called for a packet. They are kept alive, so that no new socket reuses their
/// address.
#[derive(Default)]
struct NotifiedSockets(HashMap<*const SocketInner, Arc<SocketInner>>);

impl NotifiedSockets {
    fn insert(&mut self, socket: &Arc<SocketInner>) {
        self.0.insert(Arc::as_ptr(socket), socket.clone());
    }

    fn contains(&self, socket: &Arc<SocketInner>) -> bool {
        self.0.contains_key(&Arc::as_ptr(socket))
    }
}

impl fmt::Debug for NamespaceLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceLog").finish_non_exhaustive()
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
        (namespace_log, number): (&NamespaceLog, Number),
    ) -> Delivery {
        // Called without the lock, because these listeners are the application's code.
        let mut notified = NotifiedSockets::default();
        self.for_each_connected(target, sender, |socket| {
            if socket.has_outgoing() {
                socket.notify_outgoing(packet);
                notified.insert(socket);
            }
        });
        // Sockets that were connected since then. Their listeners are called after the lock is released.
        let mut unnotified = Vec::new();
        let mut delivery = Delivery { sent: 0, failed: 0 };
        let mut log = namespace_log.lock();
        let position = log.next();
        self.for_each_selected(target, sender, |socket| {
            if socket.is_connected() {
                match socket.deliver(position, number, packet, true) {
                    true => delivery.sent += 1,
                    false => delivery.failed += 1,
                }
                if socket.has_outgoing() && !notified.contains(socket) {
                    unnotified.push(socket.clone());
                }
            }
        });
        if delivery.sent + delivery.failed > 0 || namespace_log.store.has_sessions() {
            let sender = sender.map(|sender| sender.id().clone());
            namespace_log.append(&mut log, number, Recipients::Sockets { target: target.clone(), sender }, packet);
        }
        drop(log);
        unnotified.iter().for_each(|socket| socket.notify_outgoing(packet));
        delivery
    }
}

impl SocketInner {
    /// Sends a numbered packet to this client, even if it is disconnected or has been recovered, which creates another
    /// socket with the same id.
    #[cold]
    pub(in super::super) fn emit_in_order(
        &self,
        namespace_log: &NamespaceLog,
        number: Number,
        packet: &Encoded,
    ) -> Result<(), EmitError> {
        // Called without the lock, because these listeners are the application's code. A disconnected socket has no
        // listeners.
        if let Some(replacement) = self.replacement() {
            replacement.notify_outgoing(packet);
        }
        // Declared before the lock, because dropping the last reference drops values of the application.
        let replacement;
        let mut log = namespace_log.lock();
        if self.is_connecting() {
            return self.queue_while_connecting(packet, false);
        }
        replacement = self.replacement();
        let socket = replacement.as_deref().unwrap_or(self);
        if socket.is_connected() {
            socket.deliver(log.next(), number, packet, false);
        } else if !namespace_log.store.has_session(self.id()) {
            return Err(EmitError::Disconnected);
        }
        namespace_log.append(&mut log, number, Recipients::Socket(self.id().clone()), packet);
        Ok(())
    }

    /// Returns the socket that has replaced this one, if it was recovered.
    fn replacement(&self) -> Option<Arc<SocketInner>> {
        if self.is_disconnected() { self.namespace.socket(self.id()) } else { None }
    }
}
