//! Simulates a client whose connection is lost repeatedly: it must receive every packet that was sent to it, once and
//! in order.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::log::{Aim, Log};
use super::namespace_log::Ledger;
use super::offset::{Named, Number};
use super::socket::Track;
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
struct World {
    log: Log<()>,
    track: Track,
    next: u64,
    inside: [bool; ROOMS.len()],
    connected: bool,
    /// The connection is broken, but the server has not noticed.
    broken: bool,
    away: u64,
    /// Packets that are queued and have not arrived.
    queue: Vec<Number>,
    /// The last packet, as the client reports it.
    named: Named,
    received: Vec<u64>,
    /// All packets that were sent to the client since its session began.
    expected: Vec<u64>,
}

impl World {
    fn new() -> Self {
        let mut track = Track::default();
        track.enter(&"me".into(), 0);
        Self {
            log: Log::default(),
            track,
            next: 1,
            inside: [false; ROOMS.len()],
            connected: true,
            broken: false,
            away: 0,
            queue: Vec::new(),
            named: Named::Nothing,
            received: Vec::new(),
            expected: Vec::new(),
        }
    }

    fn send(&mut self, random: &mut Random) {
        let (aim, meant) = match random.below(4) {
            0 => (Aim::Socket("me".into()), true),
            1 => (Aim::Socket("another".into()), false),
            kind => {
                let (room, except) = (random.room(), random.room());
                let is_in = |room| ROOMS.iter().position(|name| *name == room).is_some_and(|index| self.inside[index]);
                let (rooms, met) = if kind == 2 { (vec![room.to_owned()], is_in(room)) } else { (Vec::new(), true) };
                let sender = (random.below(4) == 0).then(|| "me".into());
                let meant = met && !is_in(except) && sender.is_none();
                (Aim::Sockets { target: Target::new(rooms, vec![except.to_owned()]), sender }, meant)
            }
        };
        let number = Number::new(self.next).unwrap();
        self.next += 1;
        if meant {
            self.expected.push(number.get());
        }
        if meant && self.connected {
            // Once the queue of a broken connection is full, it accepts nothing more, and the connection is about to
            // end.
            let queued = !self.broken || self.track.is_whole() && random.below(2) == 0;
            if queued {
                self.queue.push(number);
            }
            self.track.note(self.log.next(), number, queued);
        }
        self.log.push(number, aim, (), 1);
    }

    fn deliver(&mut self, count: u64) {
        for number in self.queue.drain(..self.queue.len().min(count as usize)) {
            self.received.push(number.get());
            self.named = Named::Event(number);
        }
    }

    fn change_room(&mut self, random: &mut Random) {
        let index = random.below(ROOMS.len() as u64) as usize;
        let (room, at) = (ROOMS[index], self.log.next());
        self.inside[index] = !self.inside[index];
        match self.inside[index] {
            true => self.track.enter(&room.into(), at),
            false => self.track.leave(room, at, self.log.oldest()),
        }
    }

    fn resume(&self, away: u64, named: Named) -> Option<u64> {
        self.track.resume(&self.log, "me", away, named, UNLIMITED)
    }

    /// The client reconnects. Returns `true` if it was recovered.
    fn come_back(&mut self) -> bool {
        let Some(from) = self.resume(self.away, self.named) else { return false };
        let cost = |_: &()| QueueLimits { bytes: 1, packets: 1 };
        let missed = self.track.presence().missed(&self.log, "me", from, UNLIMITED, cost);
        let Some(missed) = missed else { return false };
        let missed: Vec<_> = missed.into_iter().map(|(place, entry)| (place, entry.number)).collect();
        self.track.begin(from, self.next, self.named);
        self.queue.clear();
        for (place, number) in missed {
            self.queue.push(number);
            self.track.note(place, number, true);
        }
        (self.connected, self.broken) = (true, false);
        true
    }
}

#[test]
fn a_client_that_is_cut_off_receives_all_that_was_for_it_once_and_in_order() {
    let (mut recovered, mut taken_over, mut lost) = (0, 0, 0);
    for seed in 0..1000 {
        let mut random = Random(seed);
        let mut world = World::new();
        for _ in 0..150 {
            match random.below(16) {
                0..=6 => world.send(&mut random),
                7 | 8 if world.connected => world.change_room(&mut random),
                9 | 10 if world.connected && !world.broken => {
                    let count = random.below(4);
                    world.deliver(count);
                }
                11 if world.connected && !world.broken => {
                    // Some of the queued packets may still arrive.
                    let count = random.below(3);
                    world.deliver(count);
                    world.broken = true;
                }
                12 if world.broken && world.connected => {
                    world.connected = false;
                    world.away = world.log.next();
                }
                13 | 14 => {
                    if world.connected {
                        // The new connection takes over from one that the server has not found to be dead. Queued
                        // packets are lost.
                        world.away = world.log.next();
                        taken_over += 1;
                    }
                    if !world.come_back() {
                        lost += 1;
                        break;
                    }
                    recovered += 1;
                }
                // Rarely enough that most sessions can be recovered.
                15 if random.below(8) == 0 => drop(world.log.pop()),
                _ => {}
            }
            assert!(world.expected.starts_with(&world.received), "seed {seed}");
            if world.connected && !world.broken {
                let on_its_way = world.queue.iter().map(|number| number.get());
                let all: Vec<_> = world.received.iter().copied().chain(on_its_way).collect();
                assert_eq!(all, world.expected, "seed {seed}");
            }
        }
    }
    let counts = (recovered, taken_over, lost);
    assert!(recovered > 1000 && taken_over > 500 && lost > 10, "{counts:?}");
}

#[test]
fn a_client_that_has_received_all_needs_nothing_of_the_past() {
    let mut world = World::new();
    let mut random = Random(7);
    while world.queue.is_empty() {
        world.send(&mut random);
    }
    world.deliver(u64::MAX);
    while world.log.pop().is_some() {}
    (world.connected, world.away) = (false, world.log.next());
    assert!(world.come_back());
    assert_eq!(world.received, world.expected);
}

#[test]
fn what_is_named_and_unknown_is_refused_if_there_was_anything_to_name() {
    let mut world = World::new();
    let other = Named::Event(Number::new(77).unwrap());
    assert_eq!(world.resume(5, Named::Unknown), Some(5));
    world.track.note(0, Number::MIN, true);
    assert_eq!(world.resume(5, Named::Unknown), None);
    assert_eq!(world.resume(5, other), None);
    // The client has received nothing, and needs everything since the beginning.
    world.track.begin(3, 100, Named::Nothing);
    world.track.note(3, Number::MIN, true);
    assert_eq!(world.resume(5, Named::Nothing), Some(3));
    // The client reports a packet of an earlier connection.
    assert_eq!(world.resume(5, other), Some(3));
}

fn keep(ledger: &Ledger) {
    let packet = ledger.event(Address { parser: Parser::Json, namespace: "/" }, "news", &()).unwrap();
    ledger.keep(&mut ledger.lock(), packet.number.unwrap(), Aim::Socket("me".into()), &packet);
}

fn count(ledger: &Ledger) -> usize {
    ledger.lock().totals().0
}

#[tokio::test(start_paused = true)]
async fn packets_are_forgotten_in_time_though_nothing_is_sent() {
    let options = Recovery::new().max_disconnection(Duration::from_secs(60));
    let limits = QueueLimits { bytes: 1000, packets: 1000 };
    let store = Arc::new(Store::new(options, Duration::from_secs(40), limits));
    let ledger = Ledger::new(&store, 0);
    store.start_janitor();
    keep(&ledger);
    sleep(Duration::from_secs(60)).await;
    keep(&ledger);
    assert_eq!(count(&ledger), 2);
    sleep(Duration::from_secs(91)).await;
    assert_eq!(count(&ledger), 1);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(count(&ledger), 0);
}

/// Creates two namespaces of a server that can store ten packets.
fn two_ledgers() -> (Arc<Ledger>, Arc<Ledger>) {
    let options = Recovery::new().packet_limits(10, usize::MAX);
    let limits = QueueLimits { bytes: 1000, packets: 1000 };
    let store = Arc::new(Store::new(options, Duration::ZERO, limits));
    (Ledger::new(&store, 1), Ledger::new(&store, 2))
}

#[test]
fn beyond_the_bounds_the_oldest_packets_of_the_namespace_with_most_go() {
    let (quiet, busy) = two_ledgers();
    (0..4).for_each(|_| keep(&quiet));
    (0..6).for_each(|_| keep(&busy));
    assert_eq!((count(&quiet), count(&busy)), (4, 6));
    (0..100).for_each(|_| keep(&busy));
    assert_eq!((count(&quiet), count(&busy)), (4, 6));
    (0..100).for_each(|_| keep(&quiet));
    assert_eq!((count(&quiet), count(&busy)), (5, 5));
}

#[test]
fn packets_of_namespaces_with_one_quota_go_in_their_order() {
    let (first, other) = two_ledgers();
    let second = Ledger::new(&first.store, first.group);
    (0..3).for_each(|_| keep(&other));
    (0..3).for_each(|_| keep(&first));
    (0..7).for_each(|_| keep(&second));
    assert_eq!((count(&first), count(&second), count(&other)), (0, 7, 3));
}

#[test]
fn packets_of_a_namespace_that_is_no_more_take_no_room() {
    let (lasting, brief) = two_ledgers();
    keep(&lasting);
    (0..9).for_each(|_| keep(&brief));
    drop(brief);
    (0..9).for_each(|_| keep(&lasting));
    assert_eq!(count(&lasting), 10);
    keep(&lasting);
    assert_eq!(count(&lasting), 10);
    for _ in 0..1000 {
        keep(&Ledger::new(&lasting.store, 2));
    }
    // The first of the other ledgers evicted one packet, and each later one reused the space of the one before it.
    assert_eq!(count(&lasting), 9);
    assert!(lasting.store.packets.queued() < 100);
}

#[test]
fn namespaces_that_forget_for_each_other_do_not_wait_for_each_other() {
    let (a, b) = two_ledgers();
    std::thread::scope(|scope| {
        for ledger in [&a, &b, &a, &b] {
            scope.spawn(|| (0..2_000).for_each(|_| keep(ledger)));
        }
    });
    assert_eq!(count(&a) + count(&b), 10);
}
