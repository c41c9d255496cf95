//! Counts the packets in the logs of a server, and chooses which one to evict first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::namespace_log::NamespaceLog;
use super::options::Recovery;
use crate::sync::lock;

/// Entries of dropped logs that a queue may contain before it is purged.
const PURGE_SLACK: usize = 64;

#[derive(Debug)]
pub(super) struct PacketQuota {
    /// How long packets are stored.
    retention: Duration,
    max_packets: usize,
    max_bytes: usize,
    counts: Mutex<Counts>,
}

/// Locked after a namespace's log, never before it.
#[derive(Debug, Default)]
struct Counts {
    groups: Vec<Group>,
    total: Total,
}

/// The packets of the namespaces that share a quota.
#[derive(Debug, Default)]
struct Group {
    /// In the order they were sent. The entries of each log have the order of the log.
    queue: VecDeque<QueuedPacket>,
    /// The counts exclude packets of dropped logs, which may still be in the queue.
    total: Total,
}

#[derive(Debug, Default)]
struct Total {
    packets: usize,
    bytes: usize,
}

#[derive(Debug)]
pub(super) struct QueuedPacket {
    namespace_log: Weak<NamespaceLog>,
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

impl PacketQuota {
    pub(super) fn new(options: &Recovery, retention: Duration) -> Self {
        let (max_packets, max_bytes) = (options.max_packets, options.max_packet_bytes);
        Self { retention, max_packets, max_bytes, counts: Mutex::default() }
    }

    /// Counts a packet that is added to a log, which is locked. Returns `true` if packets must be evicted.
    pub(super) fn add(&self, group: usize, namespace_log: &Weak<NamespaceLog>, size: usize, sent: Instant) -> bool {
        let mut counts = lock(&self.counts);
        if counts.groups.len() <= group {
            counts.groups.resize_with(group + 1, Group::default);
        }
        counts.total.add(1, size);
        let own = &mut counts.groups[group];
        own.queue.push_back(QueuedPacket { namespace_log: namespace_log.clone(), size, sent });
        own.total.add(1, size);
        self.has_old(own, sent) || self.is_full(&counts.total)
    }

    /// Evicts packets that are too old or above a limit. No log may be locked.
    pub(super) fn evict(&self, now: Instant) {
        while let Some(namespace_log) = self.take_next_evicted(now) {
            namespace_log.evict_oldest();
        }
    }

    /// Removes the next packet to evict from the count, and returns its log.
    fn take_next_evicted(&self, now: Instant) -> Option<Arc<NamespaceLog>> {
        let mut counts = lock(&self.counts);
        while let Some(group) = self.group_to_evict(&counts, now)
            && let Some(packet) = counts.groups[group].queue.pop_front()
        {
            if counts.groups[group].queue.is_empty() {
                // Frees the memory, because many namespaces are idle.
                counts.groups[group].queue = VecDeque::new();
            }
            // While this reference exists, `remove_log` cannot count the packet a second time.
            if let Some(namespace_log) = packet.namespace_log.upgrade() {
                counts.groups[group].total.remove(1, packet.size);
                counts.total.remove(1, packet.size);
                return Some(namespace_log);
            }
        }
        None
    }

    /// Returns the group whose oldest packet is evicted next: the packet is too old, or a limit is exceeded and the
    /// group is the largest.
    fn group_to_evict(&self, counts: &Counts, now: Instant) -> Option<usize> {
        let old = counts.groups.iter().position(|group| self.has_old(group, now));
        old.or_else(|| {
            let by_number = counts.total.packets > self.max_packets;
            let amount = |total: &Total| if by_number { total.packets } else { total.bytes };
            let groups = counts.groups.iter().enumerate().filter(|_| self.is_full(&counts.total));
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

    /// Removes the packets of a dropped log from the count.
    pub(super) fn remove_log(&self, group: usize, packets: usize, bytes: usize) {
        let mut counts = lock(&self.counts);
        counts.total.remove(packets, bytes);
        // A log without packets may not have a group yet.
        let Some(own) = counts.groups.get_mut(group) else { return };
        own.total.remove(packets, bytes);
        // Purged when more than half of the queue belongs to dropped logs, because namespaces can be created and
        // dropped faster than their packets expire.
        if own.queue.len() > 2 * own.total.packets + PURGE_SLACK {
            own.queue.retain(|packet| packet.namespace_log.strong_count() > 0);
        }
    }

    /// Returns the total length of the queues, including packets of dropped logs.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        lock(&self.counts).groups.iter().map(|group| group.queue.len()).sum()
    }
}
