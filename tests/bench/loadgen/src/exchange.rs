//! Messages with acks. Checks that each ack arrives once.

use std::collections::VecDeque;
use std::time::Instant;

use crate::arguments::Arguments;
use crate::fault::{Result, wrong};
use crate::histogram::Histogram;
use crate::message;
use crate::report::Line;

/// The first id. All ids have four digits.
const FIRST: usize = 1000;

/// A slot in the window of a connection, with at most one message in flight.
#[derive(Clone)]
struct Slot {
    /// Alternates between two ids, so that late and repeated acks are detected.
    generation: usize,
    awaited: bool,
    since: Instant,
}

pub struct Exchange {
    window: usize,
    limit: u64,
    running: bool,
    measuring: bool,
    slots: Vec<Slot>,
    /// The pending ids of each connection, oldest first.
    order: Vec<VecDeque<usize>>,
    sent: u64,
    acked: u64,
    pub counted: u64,
    reordered: u64,
    latencies: Histogram,
}

impl Exchange {
    pub fn new(a: &Arguments) -> Self {
        assert!((1..=1000).contains(&a.window), "a window is from 1 to 1,000");
        let slot = Slot { generation: 0, awaited: false, since: Instant::now() };
        Self {
            window: a.window,
            limit: a.limit(),
            running: true,
            measuring: false,
            slots: vec![slot; a.connections * a.window],
            order: vec![VecDeque::new(); a.connections],
            sent: 0,
            acked: 0,
            counted: 0,
            reordered: 0,
            latencies: Histogram::new(),
        }
    }

    /// Returns all ids, so that their messages can be encoded before the run.
    pub fn ids(window: usize) -> std::ops::Range<usize> {
        FIRST..FIRST + 2 * window
    }

    /// Returns which of the messages for [`ids`](Self::ids) to send next; `None` when the run is over.
    pub fn send(&mut self, connection: usize, slot: usize, now: Instant) -> Option<usize> {
        if !self.running || self.sent >= self.limit {
            return None;
        }
        self.sent += 1;
        let s = &mut self.slots[connection * self.window + slot];
        s.generation ^= 1;
        s.awaited = true;
        s.since = now;
        let nth = s.generation * self.window + slot;
        self.order[connection].push_back(nth);
        Some(nth)
    }

    /// Handles the ack with the given id, in digits, and returns the slot that is now free.
    pub fn ack(&mut self, connection: usize, id: &[u8], now: Instant) -> Result<usize> {
        let id = message::number(id) as usize;
        if !Self::ids(self.window).contains(&id) {
            return wrong(connection, format!("an ack with the id {id}"));
        }
        let nth = id - FIRST;
        let slot = nth % self.window;
        let s = &mut self.slots[connection * self.window + slot];
        if !s.awaited || s.generation != nth / self.window {
            return wrong(connection, format!("the ack {id} is not awaited"));
        }
        s.awaited = false;
        self.acked += 1;
        if self.measuring {
            self.counted += 1;
            self.latencies.add(now - s.since);
        }
        let order = &mut self.order[connection];
        if order.front() == Some(&nth) {
            order.pop_front();
        } else {
            self.reordered += 1;
            order.retain(|other| *other != nth);
        }
        Ok(slot)
    }

    pub fn measure(&mut self, on: bool) {
        self.measuring = on;
    }

    pub fn stop(&mut self) {
        self.running = false;
    }

    /// Resumes after a stop.
    pub fn resume(&mut self) {
        self.running = true;
    }

    pub fn complete(&self) -> bool {
        self.acked >= self.limit
    }

    pub fn outstanding(&self) -> u64 {
        self.sent - self.acked
    }

    #[cfg(test)]
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    pub fn describe(&self, line: Line) -> Line {
        line.latencies("", &self.latencies).number("sent", self.sent).number("reordered", self.reordered)
    }
}
