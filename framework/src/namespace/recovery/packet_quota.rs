//! Counts the packets in the logs of a server, and chooses which one to evict first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::namespace_log::Ledger;
use super::options::Recovery;
use crate::sync::lock;

/// Entries of dropped ledgers that a queue may contain before it is purged.
const FEW: usize = 64;

#[derive(Debug)]
pub(super) struct Packets {
    /// How long packets are stored.
    retention: Duration,
    max_packets: usize,
    max_bytes: usize,
    kept: Mutex<Kept>,
}

/// Locked after a ledger's log, never before it.
#[derive(Debug, Default)]
struct Kept {
    groups: Vec<Group>,
    total: Total,
}

/// The packets of the namespaces that share a quota.
#[derive(Debug, Default)]
struct Group {
    /// In the order they were sent. The entries of each ledger have the same order as its log.
    queue: VecDeque<KeptPacket>,
    /// The counts exclude packets of dropped ledgers, which may still be in the queue.
    total: Total,
}

#[derive(Debug, Default)]
struct Total {
    packets: usize,
    bytes: usize,
}

#[derive(Debug)]
pub(super) struct KeptPacket {
    ledger: Weak<Ledger>,
    size: usize,
    sent: Instant,
}

impl Total {
    fn add(&mut self, packets: usize, bytes: usize) {
        self.packets += packets;
        self.bytes += bytes;
    }

    fn remove(&mut self, packets: usize, bytes: usize) {
        self.packets -= packets;
        self.bytes -= bytes;
    }
}

impl Packets {
    pub(super) fn new(options: &Recovery, retention: Duration) -> Self {
        let (max_packets, max_bytes) = (options.max_packets, options.max_packet_bytes);
        Self { retention, max_packets, max_bytes, kept: Mutex::default() }
    }

    /// Counts a packet that is added to a ledger's log, which is locked. Returns `true` if packets must be evicted.
    pub(super) fn add(&self, group: usize, ledger: &Weak<Ledger>, size: usize, sent: Instant) -> bool {
        let mut kept = lock(&self.kept);
        if kept.groups.len() <= group {
            kept.groups.resize_with(group + 1, Group::default);
        }
        kept.total.add(1, size);
        let own = &mut kept.groups[group];
        own.queue.push_back(KeptPacket { ledger: ledger.clone(), size, sent });
        own.total.add(1, size);
        self.has_old(own, sent) || self.is_full(&kept.total)
    }

    /// Evicts packets that are too old or above a limit. No log may be locked.
    pub(super) fn forget(&self, now: Instant) {
        while let Some(ledger) = self.take_due(now) {
            ledger.forget_first();
        }
    }

    /// Removes the next packet to evict from the count, and returns its ledger.
    fn take_due(&self, now: Instant) -> Option<Arc<Ledger>> {
        let mut kept = lock(&self.kept);
        while let Some(group) = self.due_group(&kept, now)
            && let Some(packet) = kept.groups[group].queue.pop_front()
        {
            if kept.groups[group].queue.is_empty() {
                // Frees the memory, because many namespaces are idle.
                kept.groups[group].queue = VecDeque::new();
            }
            // While this reference exists, `abandon` cannot count the packet a second time.
            if let Some(ledger) = packet.ledger.upgrade() {
                kept.groups[group].total.remove(1, packet.size);
                kept.total.remove(1, packet.size);
                return Some(ledger);
            }
        }
        None
    }

    /// Returns the group whose oldest packet is evicted next: the packet is too old, or a limit is exceeded and the
    /// group is the largest.
    fn due_group(&self, kept: &Kept, now: Instant) -> Option<usize> {
        let old = kept.groups.iter().position(|group| self.has_old(group, now));
        old.or_else(|| {
            let by_number = kept.total.packets > self.max_packets;
            let amount = |total: &Total| if by_number { total.packets } else { total.bytes };
            let groups = kept.groups.iter().enumerate().filter(|_| self.is_full(&kept.total));
            groups.max_by_key(|(_, group)| amount(&group.total)).map(|(index, _)| index)
        })
    }

    fn has_old(&self, group: &Group, now: Instant) -> bool {
        let front = group.queue.front();
        front.is_some_and(|packet| now.saturating_duration_since(packet.sent) > self.retention)
    }

    fn is_full(&self, total: &Total) -> bool {
        total.packets > self.max_packets || total.bytes > self.max_bytes
    }

    /// Removes the packets of a dropped ledger from the count.
    pub(super) fn abandon(&self, group: usize, packets: usize, bytes: usize) {
        let mut kept = lock(&self.kept);
        kept.total.remove(packets, bytes);
        // A ledger without packets may not have a group yet.
        let Some(own) = kept.groups.get_mut(group) else { return };
        own.total.remove(packets, bytes);
        // Purged when more than half of the queue belongs to dropped ledgers, because namespaces can be created and
        // dropped faster than their packets expire.
        if own.queue.len() > 2 * own.total.packets + FEW {
            own.queue.retain(|packet| packet.ledger.strong_count() > 0);
        }
    }

    /// Returns the total length of the queues, including packets of dropped ledgers.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        lock(&self.kept).groups.iter().map(|group| group.queue.len()).sum()
    }
}
