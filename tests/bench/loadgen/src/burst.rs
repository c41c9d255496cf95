//! Two bursts of traffic on all connections, and the memory that the idle server holds after each.

use std::time::Duration;

use crate::arguments::Arguments;
use crate::echo::{Echo, Kind};
use crate::engine::{Engine, Io, Scenario};
use crate::fault::{Fault, Result};
use crate::process::{Memory, peak_rss};
use crate::report::Line;
use crate::rooms::Rooms;

/// Broadcasts in flight during a burst, in addition to the echoes of the window from the arguments.
const BROADCASTS: usize = 32;

struct Burst {
    echo: Echo,
    rooms: Rooms,
}

impl Burst {
    fn outstanding(&self) -> u64 {
        self.echo.exchange.outstanding() + self.rooms.outstanding()
    }
}

impl Scenario for Burst {
    fn room(&self, connection: usize) -> Option<String> {
        self.rooms.room(connection)
    }

    fn text(&mut self, connection: usize, message: &[u8], io: &mut Io<'_>) -> Result {
        if message.starts_with(b"43") {
            self.echo.text(connection, message, io)
        } else {
            self.rooms.text(connection, message, io)
        }
    }
}

pub fn run(a: &Arguments) -> Result<Line> {
    let mut burst =
        Burst { echo: Echo::new(a, Kind::Text), rooms: Rooms::new(1, a.connections, BROADCASTS, a.size, u64::MAX) };
    let mut engine = Engine::new(a.port)?;
    engine.open_all(a.connections, 64, &mut burst)?;
    engine.run(&mut burst, a.warmup)?;
    let idle = Memory::of(a.pid).rss;
    let each = |kib: i64| kib as f64 / a.connections as f64;
    let mut line = Line::begin(a).decimal("rss_idle_each_kib", each(idle));
    for nth in 1..=2 {
        burst.echo.exchange.resume();
        for connection in 0..a.connections {
            engine.act(connection, |io| burst.echo.begin(connection, io))?;
        }
        burst.rooms.begin(&mut engine)?;
        engine.run(&mut burst, a.measured)?;
        burst.echo.exchange.stop();
        burst.rooms.stop();
        if !engine.run_until(&mut burst, a.drain, |burst| burst.outstanding() == 0)? {
            return Err(Fault::Lost(format!("{} answers", burst.outstanding())));
        }
        // By then, the server has also released memory that it frees with a delay.
        engine.run(&mut burst, a.warmup.max(Duration::from_secs(2)))?;
        let rest = Memory::of(a.pid).rss;
        line = line.decimal(&format!("rss_rest{nth}_each_kib"), each(rest));
    }
    Ok(line
        .decimal("rss_peak_each_kib", each(peak_rss(a.pid)))
        .number("messages", burst.rooms.messages())
        .number("reordered", burst.rooms.reordered))
}
