//! Broadcasts to one room (`broadcast`) or to many (`rooms`).

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::engine::{Engine, Io, Scenario};
use crate::fault::{Fault, Result, excerpt, wrong};
use crate::histogram::Histogram;
use crate::load::{self, Load};
use crate::report::Line;
use crate::{frame, message};

/// The start of a delivery. A sequence number of ten digits and padding follow.
const SAID: &[u8] = b"42[\"said\",\"";
const DIGITS: usize = 10;

/// A message that is in flight until all members of the room have received it.
#[derive(Clone)]
struct InFlight {
    sequence: u64,
    since: Instant,
    missing: usize,
}

struct Room {
    next: u64,
    in_flight: usize,
    /// Indexed by the sequence number modulo the length.
    ring: Vec<InFlight>,
    /// An encoded frame without a sequence number.
    template: Vec<u8>,
    /// Offset of the frame's payload, and offset of the number in the payload.
    body: usize,
    number: usize,
}

#[derive(Clone, Default)]
struct Receiver {
    next: u64,
    /// Sequence numbers that arrived early.
    early: Vec<u64>,
}

/// Rooms of M members each. Connections 0 to M-1 are in the first room, and so on; the first member of each room sends.
pub struct Rooms {
    members: usize,
    window: usize,
    limit: u64,
    tail: Vec<u8>,
    rooms: Vec<Room>,
    receivers: Vec<Receiver>,
    running: bool,
    measuring: bool,
    delivered: u64,
    pub counted: u64,
    pub reordered: u64,
    pub latencies: Histogram,
}

impl Rooms {
    pub fn new(rooms: usize, members: usize, window: usize, size: usize, limit: u64) -> Self {
        let padding = String::from_utf8(message::text(size.saturating_sub(DIGITS))).unwrap_or_default();
        let free = InFlight { sequence: u64::MAX, since: Instant::now(), missing: 0 };
        let room = |nth| {
            let head = format!("42[\"say\",\"{}\",\"", Self::name(nth));
            let payload = format!("{head}{}{padding}\"]", "0".repeat(DIGITS));
            let template = frame::text(&payload);
            Room {
                next: 0,
                in_flight: 0,
                ring: vec![free.clone(); 2 * window.next_power_of_two()],
                body: template.len() - payload.len(),
                number: head.len(),
                template,
            }
        };
        Self {
            members,
            window,
            limit,
            tail: format!("{padding}\"]").into_bytes(),
            rooms: (0..rooms).map(room).collect(),
            receivers: vec![Receiver::default(); rooms * members],
            running: true,
            measuring: false,
            delivered: 0,
            counted: 0,
            reordered: 0,
            latencies: Histogram::new(),
        }
    }

    /// Returns the name of a room. The first one is called `room`.
    pub fn name(room: usize) -> String {
        if room == 0 { "room".to_owned() } else { format!("room{room}") }
    }

    pub fn messages(&self) -> u64 {
        self.rooms.iter().map(|room| room.next).sum()
    }

    pub fn measure(&mut self, on: bool) {
        self.measuring = on;
    }

    pub fn stop(&mut self) {
        self.running = false;
    }

    pub fn outstanding(&self) -> u64 {
        self.messages() * self.members as u64 - self.delivered
    }

    pub fn complete(&self) -> bool {
        self.outstanding() == 0 && self.rooms.iter().all(|room| room.next >= self.limit)
    }

    /// Makes the first member of each room fill its window.
    pub fn begin(&mut self, engine: &mut Engine) -> Result {
        self.running = true;
        for room in 0..self.rooms.len() {
            engine.act(room * self.members, |io| self.say(room, io.out, io.now))?;
        }
        Ok(())
    }

    fn say(&mut self, nth: usize, out: &mut Vec<u8>, now: Instant) {
        let room = &mut self.rooms[nth];
        while self.running && room.in_flight < self.window && room.next < self.limit {
            let slots = room.ring.len() as u64;
            let slot = &mut room.ring[(room.next % slots) as usize];
            if slot.missing > 0 {
                // The slot is still in use because the server reordered messages.
                return;
            }
            *slot = InFlight { sequence: room.next, since: now, missing: self.members };
            let begin = out.len() + room.body;
            out.extend_from_slice(&room.template);
            for (i, digit) in format!("{:0DIGITS$}", room.next).bytes().enumerate() {
                let at = room.number + i;
                out[begin + at] = digit ^ frame::MASK[at & 3];
            }
            room.next += 1;
            room.in_flight += 1;
        }
    }

    /// Parses the sequence number of a delivery.
    pub fn sequence(&self, connection: usize, delivery: &[u8]) -> Result<u64> {
        match delivery.strip_prefix(SAID).and_then(<[u8]>::split_first_chunk::<DIGITS>) {
            Some((digits, tail)) if tail == self.tail => Ok(message::number(digits)),
            _ => wrong(connection, format!("not a delivery: {}", excerpt(delivery))),
        }
    }

    /// Handles a delivery to a member, which must receive each sequence number once.
    pub fn deliver(&mut self, connection: usize, delivery: &[u8], io: &mut Io<'_>) -> Result {
        let sequence = self.sequence(connection, delivery)?;
        let receiver = &mut self.receivers[connection];
        if sequence == receiver.next {
            receiver.next += 1;
            while let Some(i) = receiver.early.iter().position(|early| *early == receiver.next) {
                receiver.early.swap_remove(i);
                receiver.next += 1;
            }
        } else if sequence < receiver.next || receiver.early.contains(&sequence) {
            return wrong(connection, format!("the message {sequence} came twice"));
        } else {
            self.reordered += 1;
            receiver.early.push(sequence);
        }
        let nth = connection / self.members;
        let room = &mut self.rooms[nth];
        let slots = room.ring.len() as u64;
        let slot = &mut room.ring[(sequence % slots) as usize];
        if slot.sequence != sequence || slot.missing == 0 {
            return wrong(connection, format!("the message {sequence} is not in flight"));
        }
        slot.missing -= 1;
        self.delivered += 1;
        self.counted += u64::from(self.measuring);
        if slot.missing == 0 {
            if self.measuring {
                self.latencies.add(io.now - slot.since);
            }
            room.in_flight -= 1;
            io.other = nth * self.members;
            self.say(nth, io.other_out, io.now);
        }
        Ok(())
    }

    /// Checks that all members have received every message once. Sends one more message to each room after the window
    /// has drained, so that repeated deliveries are detected.
    pub fn conclude(mut self, mut engine: Engine, within: Duration) -> Result<Self> {
        self.window = 1;
        self.limit = self.limit.saturating_add(1);
        self.begin(&mut engine)?;
        self.stop();
        let mut running = Running { engine, rooms: self };
        load::drain(&mut running, within)?;
        let rooms = running.rooms;
        for (connection, receiver) in rooms.receivers.iter().enumerate() {
            if receiver.next != rooms.rooms[connection / rooms.members].next {
                return Err(Fault::Lost(format!("connection {connection} has {} messages", receiver.next)));
            }
        }
        Ok(rooms)
    }
}

impl Scenario for Rooms {
    fn room(&self, connection: usize) -> Option<String> {
        Some(Self::name(connection / self.members))
    }

    fn text(&mut self, connection: usize, message: &[u8], io: &mut Io<'_>) -> Result {
        self.deliver(connection, message, io)
    }
}

struct Running {
    engine: Engine,
    rooms: Rooms,
}

impl Load for Running {
    fn poll(&mut self, timeout: Duration) -> Result {
        self.engine.poll(&mut self.rooms, timeout)
    }

    fn measure(&mut self, on: bool) {
        self.rooms.measure(on);
    }

    fn stop(&mut self) {
        self.rooms.stop();
    }

    fn complete(&self) -> bool {
        self.rooms.complete()
    }

    fn outstanding(&self) -> u64 {
        self.rooms.outstanding()
    }
}

/// Runs the scenario. `broadcast` uses the window from the arguments; `rooms` has one message in flight per room.
pub fn run(a: &Arguments, rooms: usize, members: usize) -> Result<Line> {
    let window = if rooms == 1 && a.scenario == "broadcast" { a.window } else { 1 };
    let mut running =
        Running { engine: Engine::new(a.port)?, rooms: Rooms::new(rooms, members, window, a.size, a.limit()) };
    running.engine.open_all(rooms * members, 64, &mut running.rooms)?;
    running.rooms.begin(&mut running.engine)?;
    let usage = load::measure(a, &mut running)?;
    let rooms = running.rooms.conclude(running.engine, a.drain)?;
    let line = Line::begin(a).latencies("", &rooms.latencies).usage(rooms.counted, &usage);
    Ok(line.number("messages", rooms.messages()).number("reordered", rooms.reordered))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends two messages to a room of two members, and returns the verdict on the given deliveries to connections.
    fn delivered(deliveries: &[(usize, &[u8])]) -> Result<Rooms> {
        let mut rooms = Rooms::new(1, 2, 2, 12, 2);
        let (mut out, mut other_out) = (Vec::new(), Vec::new());
        let now = Instant::now();
        rooms.say(0, &mut out, now);
        let mut io = Io { out: &mut out, other_out: &mut other_out, other: 0, now, close: false };
        for (connection, delivery) in deliveries {
            rooms.text(*connection, delivery, &mut io)?;
        }
        Ok(rooms)
    }

    const FIRST: &[u8] = b"42[\"said\",\"0000000000ah\"]";
    const SECOND: &[u8] = b"42[\"said\",\"0000000001ah\"]";

    #[test]
    fn all_deliveries_in_order_pass() {
        let rooms = delivered(&[(0, FIRST), (1, FIRST), (1, SECOND), (0, SECOND)]).unwrap();
        assert_eq!((rooms.outstanding(), rooms.reordered), (0, 0));
        assert!(rooms.complete());
    }

    #[test]
    fn a_lost_delivery_is_outstanding() {
        assert_eq!(delivered(&[(0, FIRST), (1, FIRST), (1, SECOND)]).unwrap().outstanding(), 1);
    }

    #[test]
    fn deliveries_out_of_order_are_counted() {
        let rooms = delivered(&[(0, SECOND), (0, FIRST), (1, FIRST), (1, SECOND)]).unwrap();
        assert_eq!((rooms.outstanding(), rooms.reordered), (0, 1));
    }

    #[test]
    fn repeated_altered_and_unexpected_deliveries_fail() {
        assert!(delivered(&[(0, FIRST), (0, FIRST)]).is_err());
        assert!(delivered(&[(0, SECOND), (0, SECOND)]).is_err());
        assert!(delivered(&[(0, b"42[\"said\",\"0000000000aa\"]")]).is_err());
        assert!(delivered(&[(0, b"42[\"said\",\"0000000002ah\"]")]).is_err());
    }

    #[test]
    fn what_is_said_carries_its_number() {
        let mut rooms = Rooms::new(1, 2, 2, 12, 2);
        let mut out = Vec::new();
        rooms.say(0, &mut out, Instant::now());
        let expected = [
            frame::text("42[\"say\",\"room\",\"0000000000ah\"]"),
            frame::text("42[\"say\",\"room\",\"0000000001ah\"]"),
        ];
        assert_eq!(out, expected.concat());
    }
}
