//! Clients that do not read, in a room that receives broadcasts until the server has closed them.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::engine::{Engine, Io, Scenario};
use crate::fault::{Fault, Result};
use crate::process::{Memory, available, open_files};
use crate::report::Line;
use crate::rooms::Rooms;
use crate::window::Window;

/// Number of members that do read. The first of them sends.
const HEALTHY: usize = 10;
const IN_FLIGHT: usize = 8;
/// Memory to leave available on the machine, in KiB.
const SPARE: u64 = 3 * 1024 * 1024;
const WITHIN: Duration = Duration::from_secs(240);
/// Receive buffer of slow clients, in bytes. It is small, so that the server's queue fills up instead of the kernel's.
const RECEIVE_BUFFER: usize = 4096;

struct Slow {
    rooms: Rooms,
}

impl Scenario for Slow {
    fn room(&self, _: usize) -> Option<String> {
        Some(Rooms::name(0))
    }

    fn text(&mut self, connection: usize, message: &[u8], io: &mut Io<'_>) -> Result {
        // A slow client may receive a message before it stops reading.
        if connection < HEALTHY { self.rooms.text(connection, message, io) } else { Ok(()) }
    }
}

/// Runs the scenario with `connections` clients that never read.
pub fn run(a: &Arguments) -> Result<Line> {
    let mut slow = Slow { rooms: Rooms::new(1, HEALTHY, IN_FLIGHT, a.size, u64::MAX) };
    let mut engine = Engine::new(a.port)?;
    engine.open_all(HEALTHY, 1, &mut slow)?;
    let few_files = open_files(a.pid);

    // Measures the healthy clients without slow ones, for comparison.
    slow.rooms.begin(&mut engine)?;
    slow.rooms.measure(true);
    let window = Window::open(a.pid);
    engine.run(&mut slow, a.measured)?;
    let alone = slow.rooms.counted as f64 / window.close().seconds;
    slow.rooms.stop();
    let alone_p99 = slow.rooms.latencies.quantile(0.99);
    if !engine.run_until(&mut slow, a.drain, |slow| slow.rooms.outstanding() == 0)? {
        return Err(Fault::Lost(format!("{} deliveries", slow.rooms.outstanding())));
    }

    engine.receive_buffer = Some(RECEIVE_BUFFER);
    engine.open_all(a.connections, 64, &mut slow)?;
    for connection in HEALTHY..HEALTHY + a.connections {
        engine.ignore(connection)?;
    }
    let before = Memory::of(a.pid).rss;
    let said = slow.rooms.messages();
    slow.rooms.counted = 0;
    slow.rooms.latencies = crate::histogram::Histogram::new();
    slow.rooms.begin(&mut engine)?;
    let window = Window::open(a.pid);
    let began = Instant::now();
    let (mut peak, mut first_closed) = (before, None);
    loop {
        engine.run(&mut slow, Duration::from_millis(50))?;
        peak = peak.max(Memory::of(a.pid).rss);
        let open = open_files(a.pid).saturating_sub(few_files);
        if open < a.connections {
            first_closed.get_or_insert(slow.rooms.messages() - said);
        }
        if open == 0 || began.elapsed() > WITHIN {
            break;
        }
        if available() < SPARE {
            return Err(Fault::Memory(available()));
        }
    }
    let usage = window.close();
    let messages = slow.rooms.messages() - said;
    let left = open_files(a.pid).saturating_sub(few_files);
    slow.rooms.stop();
    if !engine.run_until(&mut slow, a.drain, |slow| slow.rooms.outstanding() == 0)? {
        return Err(Fault::Lost(format!("{} deliveries to those who read", slow.rooms.outstanding())));
    }
    engine.run(&mut slow, Duration::from_secs(1))?;
    let after = Memory::of(a.pid).rss;
    let each = |kib: i64| kib as f64 / a.connections as f64;
    Ok(Line::begin(a)
        .number("slow", a.connections)
        .number("left", left)
        .number("messages", messages)
        .number("first_closed_after", first_closed.unwrap_or(messages))
        .number("peak_kib", peak - before)
        .decimal("peak_each_kib", each(peak - before))
        .decimal("after_each_kib", each(after - before))
        .decimal("alone_rate", alone)
        .decimal("alone_p99_us", alone_p99)
        .latencies("", &slow.rooms.latencies)
        .usage(slow.rooms.counted, &usage)
        .number("reordered", slow.rooms.reordered))
}
