//! The packets that the ledgers of a server keep, of all namespaces together: which is the oldest, and are there too many.

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
    /// In the order in which they were sent: the entries of one ledger are those of its log.
    queue: VecDeque<Packet>,
    /// How many there are, and their size together. The queue may have more: those of ledgers that are no more.
    packets: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Packet {
    ledger: Weak<Ledger>,
    size: usize,
    sent: Instant,
}

impl Packets {
    pub(super) fn new(options: &Recovery, retention: Duration) -> Self {
        let (max_packets, max_bytes) = (options.max_packets, options.max_packet_bytes);
        Self { retention, max_packets, max_bytes, kept: Mutex::default() }
    }

    /// Counts a packet that is put into a ledger's log, which is locked. True when some packets are to be forgotten.
    pub(super) fn add(&self, ledger: &Weak<Ledger>, size: usize, sent: Instant) -> bool {
        let mut kept = lock(&self.kept);
        kept.queue.push_back(Packet { ledger: ledger.clone(), size, sent });
        kept.packets += 1;
        kept.bytes += size;
        self.is_due(&kept, sent)
    }

    /// Forgets what has become too old or too much, the oldest first, wherever it is. No log may be locked.
    pub(super) fn forget(&self, now: Instant) {
        while let Some(ledger) = self.take_due(now) {
            ledger.forget_first();
        }
    }

    /// The ledger of the oldest packet, which is not counted any more, if that is to be forgotten.
    fn take_due(&self, now: Instant) -> Option<Arc<Ledger>> {
        let mut kept = lock(&self.kept);
        while self.is_due(&kept, now)
            && let Some(packet) = kept.queue.pop_front()
        {
            // While it is held here, its own end does not count the packet off once more.
            if let Some(ledger) = packet.ledger.upgrade() {
                kept.packets -= 1;
                kept.bytes -= packet.size;
                return Some(ledger);
            }
        }
        if kept.queue.is_empty() {
            // Nothing is kept for a server that rests.
            kept.queue = VecDeque::new();
        }
        None
    }

    fn is_due(&self, kept: &Kept, now: Instant) -> bool {
        let is_old = |packet: &Packet| now.saturating_duration_since(packet.sent) > self.retention;
        kept.packets > self.max_packets || kept.bytes > self.max_bytes || kept.queue.front().is_some_and(is_old)
    }

    /// Counts off what a ledger has that is no more.
    pub(super) fn abandon(&self, packets: usize, bytes: usize) {
        let mut kept = lock(&self.kept);
        kept.packets -= packets;
        kept.bytes -= bytes;
        // At most half of the queue is dead: namespaces may come and go faster than their packets get old.
        if kept.queue.len() > 2 * kept.packets + FEW {
            kept.queue.retain(|packet| packet.ledger.strong_count() > 0);
        }
    }

    /// How many the queue has, those included that are not counted any more.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        lock(&self.kept).queue.len()
    }
}
