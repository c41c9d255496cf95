//! Counts the packets that the ledgers of a server keep, and decides which one is forgotten first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::ledger::Ledger;
use super::options::Recovery;
use crate::sync::lock;

/// Dead entries of the queue that are not worth a search.
const FEW: usize = 64;

#[derive(Debug)]
pub(super) struct Packets {
    /// How long packets are kept.
    retention: Duration,
    max_packets: usize,
    max_bytes: usize,
    kept: Mutex<Kept>,
}

/// Locked after a ledger's log, never before one.
#[derive(Debug, Default)]
struct Kept {
    groups: Vec<Group>,
    total: Total,
}

/// The packets of the namespaces that share a quota.
#[derive(Debug, Default)]
struct Group {
    /// In the order in which they were sent: the entries of one ledger are those of its log.
    queue: VecDeque<KeptPacket>,
    /// The queue may be longer, by packets of ledgers that have been dropped.
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

    /// Counts a packet that is put into a ledger's log, which is locked. True when some packets are to be forgotten.
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

    /// Forgets packets that are too old or too many. No log may be locked.
    pub(super) fn forget(&self, now: Instant) {
        while let Some(ledger) = self.take_due(now) {
            ledger.forget_first();
        }
    }

    /// Takes the packet that is to be forgotten next out of the count, and returns its ledger.
    fn take_due(&self, now: Instant) -> Option<Arc<Ledger>> {
        let mut kept = lock(&self.kept);
        while let Some(group) = self.due_group(&kept, now)
            && let Some(packet) = kept.groups[group].queue.pop_front()
        {
            if kept.groups[group].queue.is_empty() {
                // Nothing is kept for a namespace that rests.
                kept.groups[group].queue = VecDeque::new();
            }
            // While it is held here, its own end does not count the packet off once more.
            if let Some(ledger) = packet.ledger.upgrade() {
                kept.groups[group].total.remove(1, packet.size);
                kept.total.remove(1, packet.size);
                return Some(ledger);
            }
        }
        None
    }

    /// The group whose oldest packet goes next: it is too old, or a bound is exceeded and the group has most.
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

    /// Takes the packets of a dropped ledger out of the count.
    pub(super) fn abandon(&self, group: usize, packets: usize, bytes: usize) {
        let mut kept = lock(&self.kept);
        kept.total.remove(packets, bytes);
        // A ledger that has kept nothing may have no group yet.
        let Some(own) = kept.groups.get_mut(group) else { return };
        own.total.remove(packets, bytes);
        // At most half of the queue is dead: namespaces may come and go faster than their packets get old.
        if own.queue.len() > 2 * own.total.packets + FEW {
            own.queue.retain(|packet| packet.ledger.strong_count() > 0);
        }
    }

    /// The length of the queues, with packets of dropped ledgers.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        lock(&self.kept).groups.iter().map(|group| group.queue.len()).sum()
    }
}
