//! Joins and leaves of a large room during broadcasts, to measure how they affect each other.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::engine::{Engine, Io, Scenario};
use crate::fault::{Fault, Result, excerpt, wrong};
use crate::frame;
use crate::histogram::Histogram;
use crate::report::Line;
use crate::rooms::Rooms;
use crate::window::Window;

/// Number of connections that alternately join and leave.
const JOINERS: usize = 50;
/// Time between two steps of a joiner, for a total of 1,000 joins and leaves per second.
const PACE: Duration = Duration::from_millis(JOINERS as u64);

struct Joiner {
    member: bool,
    /// Start of the pending request, if there is one.
    asked: Option<Instant>,
    next: Instant,
    /// Sequence number of the last delivery.
    heard: Option<u64>,
}

struct Churn {
    rooms: Rooms,
    members: usize,
    joiners: Vec<Joiner>,
    steps: u64,
    latencies: Histogram,
}

impl Scenario for Churn {
    fn room(&self, connection: usize) -> Option<String> {
        (connection < self.members).then(|| Rooms::name(0))
    }

    fn text(&mut self, connection: usize, message: &[u8], io: &mut Io<'_>) -> Result {
        let Some(nth) = connection.checked_sub(self.members) else {
            return self.rooms.text(connection, message, io);
        };
        let joiner = &mut self.joiners[nth];
        if message.starts_with(b"437[") {
            let Some(asked) = joiner.asked.take() else {
                return wrong(connection, format!("nobody awaits {}", excerpt(message)));
            };
            joiner.member = !joiner.member;
            self.latencies.add(io.now - asked);
            self.steps += 1;
            return Ok(());
        }
        // Deliveries are allowed between the join request and the ack of the leave, each once and in order.
        let sequence = self.rooms.sequence(connection, message)?;
        if joiner.heard.is_some_and(|heard| sequence <= heard) || !(joiner.member || joiner.asked.is_some()) {
            return wrong(connection, format!("the message {sequence} came out of order, or to a stranger"));
        }
        joiner.heard = Some(sequence);
        Ok(())
    }
}

impl Churn {
    /// Runs for `time`, and sends the joins and leaves that are due.
    fn run(&mut self, engine: &mut Engine, time: Duration, joins: bool) -> Result {
        let end = Instant::now() + time;
        loop {
            let now = Instant::now();
            if now > end {
                return Ok(());
            }
            if joins {
                self.ask(engine, now)?;
            }
            engine.poll(self, Duration::from_millis(1))?;
        }
    }

    fn ask(&mut self, engine: &mut Engine, now: Instant) -> Result {
        for nth in 0..self.joiners.len() {
            let joiner = &mut self.joiners[nth];
            if joiner.asked.is_some() || now < joiner.next {
                continue;
            }
            joiner.asked = Some(now);
            joiner.next = now + PACE;
            let event = if joiner.member { "leave" } else { "join" };
            let ask = frame::text(format!("427[\"{event}\",\"{}\"]", Rooms::name(0)));
            engine.act(self.members + nth, |io| io.out.extend_from_slice(&ask))?;
        }
        Ok(())
    }

    /// Waits for the last ack and delivery.
    fn settle(&mut self, engine: &mut Engine, within: Duration) -> Result {
        self.rooms.stop();
        let settled = |churn: &Self| churn.rooms.outstanding() == 0 && churn.joiners.iter().all(|j| j.asked.is_none());
        if engine.run_until(self, within, settled)? {
            return Ok(());
        }
        let unanswered = self.joiners.iter().filter(|joiner| joiner.asked.is_some()).count();
        Err(Fault::Lost(format!("{} deliveries, {unanswered} joins", self.rooms.outstanding())))
    }
}

/// Runs three phases: only joins, only broadcasts, both.
pub fn run(a: &Arguments) -> Result<Line> {
    let now = Instant::now();
    let joiner =
        |nth: usize| Joiner { member: false, asked: None, next: now + PACE * nth as u32 / JOINERS as u32, heard: None };
    let mut churn = Churn {
        rooms: Rooms::new(1, a.connections, a.window, a.size, u64::MAX),
        members: a.connections,
        joiners: (0..JOINERS).map(joiner).collect(),
        steps: 0,
        latencies: Histogram::new(),
    };
    let mut engine = Engine::new(a.port)?;
    engine.open_all(a.connections + JOINERS, 64, &mut churn)?;
    let mut line = Line::begin(a);
    for (name, speaks, joins) in [("joins_", false, true), ("alone_", true, false), ("", true, true)] {
        if speaks {
            churn.rooms.begin(&mut engine)?;
        }
        churn.run(&mut engine, a.warmup, joins)?;
        churn.latencies = Histogram::new();
        (churn.rooms.counted, churn.steps) = (0, 0);
        churn.rooms.latencies = Histogram::new();
        churn.rooms.measure(true);
        let window = Window::open(a.pid);
        churn.run(&mut engine, a.measured, joins)?;
        let usage = window.close();
        churn.rooms.measure(false);
        churn.settle(&mut engine, a.drain)?;
        if joins {
            line = line.latencies(&format!("{name}join_"), &churn.latencies);
            line = line.decimal(&format!("{name}join_rate"), churn.steps as f64 / usage.seconds);
        }
        match name {
            "alone_" => line = line.decimal("alone_rate", churn.rooms.counted as f64 / usage.seconds),
            "" => line = line.latencies("", &churn.rooms.latencies).usage(churn.rooms.counted, &usage),
            _ => {}
        }
    }
    Ok(line.number("messages", churn.rooms.messages()).number("reordered", churn.rooms.reordered))
}
