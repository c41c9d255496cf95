//! Simulates a client whose connection is lost repeatedly: it must receive every packet that was sent to it, once and
//! in order.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::log::{Log, Recipients};
use super::namespace_log::NamespaceLog;
use super::offset::{Number, ReportedOffset};
use super::socket::DeliveryState;
use super::{Recovery, Store};
use crate::adapter::Target;
use crate::engine::state::QueueLimits;
use crate::protocol::{Address, Parser};

const UNLIMITED: QueueLimits = QueueLimits { bytes: usize::MAX, packets: usize::MAX };
const ROOMS: [&str; 3] = ["a", "b", "c"];

/// A deterministic random number generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % bound
    }

    fn room(&mut self) -> &'static str {
        ROOMS[self.below(ROOMS.len() as u64) as usize]
    }
}

/// A server with one client, and the packets that this client has received.
struct Simulation {
    log: Log<()>,
    delivery_state: DeliveryState,
    next: u64,
    inside: [bool; ROOMS.len()],
    connected: bool,
    /// The connection is broken, but the server has not noticed.
    broken: bool,
    disconnected_at: u64,
    /// Packets that are queued and have not arrived.
    queue: Vec<Number>,
    /// The last packet, as the client reports it.
    reported: ReportedOffset,
    received: Vec<u64>,
    /// All packets that were sent to the client since its session began.
    expected: Vec<u64>,
}

impl Simulation {
    fn new() -> Self {
        let mut delivery_state = DeliveryState::default();
        delivery_state.enter(&"me".into(), 0);
        Self {
            log: Log::default(),
            delivery_state,
            next: 1,
            inside: [false; ROOMS.len()],
            connected: true,
            broken: false,
            disconnected_at: 0,
            queue: Vec::new(),
            reported: ReportedOffset::Nothing,
            received: Vec::new(),
            expected: Vec::new(),
        }
    }

    fn send(&mut self, random: &mut Random) {
        let (recipients, is_recipient) = match random.below(4) {
            0 => (Recipients::Socket("me".into()), true),
            1 => (Recipients::Socket("another".into()), false),
            kind => {
                let (room, except) = (random.room(), random.room());
                let is_in = |room| ROOMS.iter().position(|name| *name == room).is_some_and(|index| self.inside[index]);
                let (rooms, is_in_rooms) =
                    if kind == 2 { (vec![room.to_owned()], is_in(room)) } else { (Vec::new(), true) };
                let sender = (random.below(4) == 0).then(|| "me".into());
                let is_recipient = is_in_rooms && !is_in(except) && sender.is_none();
                (Recipients::Sockets { target: Target::new(rooms, vec![except.to_owned()]), sender }, is_recipient)
            }
        };
        let number = Number::new(self.next).unwrap();
        self.next += 1;
        if is_recipient {
            self.expected.push(number.get());
        }
        if is_recipient && self.connected {
            // Once the queue of a broken connection is full, it accepts nothing more, and the connection is about to
            // end.
            let queued = !self.broken || self.delivery_state.has_no_gap() && random.below(2) == 0;
            if queued {
                self.queue.push(number);
            }
            self.delivery_state.record(self.log.next(), number, queued);
        }
        self.log.push(number, recipients, (), 1);
    }

    fn deliver(&mut self, count: u64) {
        for number in self.queue.drain(..self.queue.len().min(count as usize)) {
            self.received.push(number.get());
            self.reported = ReportedOffset::Event(number);
        }
    }

    fn change_room(&mut self, random: &mut Random) {
        let index = random.below(ROOMS.len() as u64) as usize;
        let (room, at) = (ROOMS[index], self.log.next());
        self.inside[index] = !self.inside[index];
        match self.inside[index] {
            true => self.delivery_state.enter(&room.into(), at),
            false => self.delivery_state.leave(room, at, self.log.oldest()),
        }
    }

    fn first_missed(&self, disconnected_at: u64, reported: ReportedOffset) -> Option<u64> {
        self.delivery_state.first_missed(&self.log, "me", disconnected_at, reported, UNLIMITED)
    }

    /// The client reconnects. Returns `true` if it was recovered.
    fn reconnect(&mut self) -> bool {
        let Some(from) = self.first_missed(self.disconnected_at, self.reported) else { return false };
        let cost = |_: &()| QueueLimits { bytes: 1, packets: 1 };
        let missed = self.delivery_state.room_history().missed(&self.log, "me", from, UNLIMITED, cost);
        let Some(missed) = missed else { return false };
        let missed: Vec<_> = missed.into_iter().map(|(position, entry)| (position, entry.number)).collect();
        self.delivery_state.begin(from, self.next, self.reported);
        self.queue.clear();
        for (position, number) in missed {
            self.queue.push(number);
            self.delivery_state.record(position, number, true);
        }
        (self.connected, self.broken) = (true, false);
        true
    }
}

#[test]
fn recovered_client_receives_each_packet_once_in_order() {
    let (mut recovered, mut taken_over, mut lost) = (0, 0, 0);
    for seed in 0..1000 {
        let mut random = Random(seed);
        let mut simulation = Simulation::new();
        for _ in 0..150 {
            match random.below(16) {
                0..=6 => simulation.send(&mut random),
                7 | 8 if simulation.connected => simulation.change_room(&mut random),
                9 | 10 if simulation.connected && !simulation.broken => {
                    let count = random.below(4);
                    simulation.deliver(count);
                }
                11 if simulation.connected && !simulation.broken => {
                    // Some of the queued packets may still arrive.
                    let count = random.below(3);
                    simulation.deliver(count);
                    simulation.broken = true;
                }
                12 if simulation.broken && simulation.connected => {
                    simulation.connected = false;
                    simulation.disconnected_at = simulation.log.next();
                }
                13 | 14 => {
                    if simulation.connected {
                        // The new connection takes over from one that the server has not found to be dead. Queued
                        // packets are lost.
                        simulation.disconnected_at = simulation.log.next();
                        taken_over += 1;
                    }
                    if !simulation.reconnect() {
                        lost += 1;
                        break;
                    }
                    recovered += 1;
                }
                // Rarely enough that most sessions can be recovered.
                15 if random.below(8) == 0 => drop(simulation.log.pop()),
                _ => {}
            }
            assert!(simulation.expected.starts_with(&simulation.received), "seed {seed}");
            if simulation.connected && !simulation.broken {
                let on_its_way = simulation.queue.iter().map(|number| number.get());
                let all: Vec<_> = simulation.received.iter().copied().chain(on_its_way).collect();
                assert_eq!(all, simulation.expected, "seed {seed}");
            }
        }
    }
    let counts = (recovered, taken_over, lost);
    assert!(recovered > 1000 && taken_over > 500 && lost > 10, "{counts:?}");
}

#[test]
fn client_without_missed_packets_is_recovered_from_empty_log() {
    let mut simulation = Simulation::new();
    let mut random = Random(7);
    while simulation.queue.is_empty() {
        simulation.send(&mut random);
    }
    simulation.deliver(u64::MAX);
    while simulation.log.pop().is_some() {}
    (simulation.connected, simulation.disconnected_at) = (false, simulation.log.next());
    assert!(simulation.reconnect());
    assert_eq!(simulation.received, simulation.expected);
}

#[test]
fn unknown_offset_is_rejected_if_packets_were_sent() {
    let mut simulation = Simulation::new();
    let other = ReportedOffset::Event(Number::new(77).unwrap());
    assert_eq!(simulation.first_missed(5, ReportedOffset::Unknown), Some(5));
    simulation.delivery_state.record(0, Number::MIN, true);
    assert_eq!(simulation.first_missed(5, ReportedOffset::Unknown), None);
    assert_eq!(simulation.first_missed(5, other), None);
    // The client has received nothing, and needs everything since the beginning.
    simulation.delivery_state.begin(3, 100, ReportedOffset::Nothing);
    simulation.delivery_state.record(3, Number::MIN, true);
    assert_eq!(simulation.first_missed(5, ReportedOffset::Nothing), Some(3));
    // The client reports a packet of an earlier connection.
    assert_eq!(simulation.first_missed(5, other), Some(3));
}

fn append(namespace_log: &NamespaceLog) {
    let packet = namespace_log.event(Address { parser: Parser::Json, namespace: "/" }, "news", &()).unwrap();
    namespace_log.append(&mut namespace_log.lock(), packet.number.unwrap(), Recipients::Socket("me".into()), &packet);
}

fn count(namespace_log: &NamespaceLog) -> usize {
    namespace_log.lock().totals().0
}

#[tokio::test(start_paused = true)]
async fn packets_expire_without_further_sends() {
    let options = Recovery::new().max_disconnection(Duration::from_secs(60));
    let limits = QueueLimits { bytes: 1000, packets: 1000 };
    let store = Arc::new(Store::new(options, Duration::from_secs(40), limits));
    let namespace_log = NamespaceLog::new(&store, 0);
    store.start_expiry_task();
    append(&namespace_log);
    sleep(Duration::from_secs(60)).await;
    append(&namespace_log);
    assert_eq!(count(&namespace_log), 2);
    sleep(Duration::from_secs(91)).await;
    assert_eq!(count(&namespace_log), 1);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(count(&namespace_log), 0);
}

/// Creates two namespaces of a server that can store ten packets.
fn two_namespace_logs() -> (Arc<NamespaceLog>, Arc<NamespaceLog>) {
    let options = Recovery::new().packet_limits(10, usize::MAX);
    let limits = QueueLimits { bytes: 1000, packets: 1000 };
    let store = Arc::new(Store::new(options, Duration::ZERO, limits));
    (NamespaceLog::new(&store, 1), NamespaceLog::new(&store, 2))
}

#[test]
fn largest_namespace_loses_oldest_packets_above_limit() {
    let (quiet, busy) = two_namespace_logs();
    (0..4).for_each(|_| append(&quiet));
    (0..6).for_each(|_| append(&busy));
    assert_eq!((count(&quiet), count(&busy)), (4, 6));
    (0..100).for_each(|_| append(&busy));
    assert_eq!((count(&quiet), count(&busy)), (4, 6));
    (0..100).for_each(|_| append(&quiet));
    assert_eq!((count(&quiet), count(&busy)), (5, 5));
}

#[test]
fn namespaces_with_shared_quota_evict_in_send_order() {
    let (first, other) = two_namespace_logs();
    let second = NamespaceLog::new(&first.store, first.group);
    (0..3).for_each(|_| append(&other));
    (0..3).for_each(|_| append(&first));
    (0..7).for_each(|_| append(&second));
    assert_eq!((count(&first), count(&second), count(&other)), (0, 7, 3));
}

#[test]
fn dropped_namespace_frees_its_quota() {
    let (kept, dropped) = two_namespace_logs();
    append(&kept);
    (0..9).for_each(|_| append(&dropped));
    drop(dropped);
    (0..9).for_each(|_| append(&kept));
    assert_eq!(count(&kept), 10);
    append(&kept);
    assert_eq!(count(&kept), 10);
    for _ in 0..1000 {
        append(&NamespaceLog::new(&kept.store, 2));
    }
    // The first of the other logs evicted one packet, and each later one reused the space of the one before it.
    assert_eq!(count(&kept), 9);
    assert!(kept.store.packet_quota.queued() < 100);
}

#[test]
fn concurrent_evictions_do_not_deadlock() {
    let (a, b) = two_namespace_logs();
    std::thread::scope(|scope| {
        for namespace_log in [&a, &b, &a, &b] {
            scope.spawn(|| (0..2_000).for_each(|_| append(namespace_log)));
        }
    });
    assert_eq!(count(&a) + count(&b), 10);
}
