//! Connections that all open at once, twice: how much memory they hold afterwards.

use std::time::Duration;

use crate::arguments::Arguments;
use crate::engine::Engine;
use crate::fault::Result;
use crate::process::{Memory, peak_rss};
use crate::report::Line;
use crate::rooms::Rooms;

/// Long enough for memory that the server frees with a delay.
const REST: Duration = Duration::from_secs(2);

pub fn run(a: &Arguments) -> Result<Line> {
    // Memory that the first connection allocates for all is not counted.
    open(a, 1)?;
    let before = Memory::of(a.pid).rss;
    let each = |kib: i64| kib as f64 / a.connections as f64;
    let mut line = Line::begin(a).number("rss_before_kib", before);
    for wave in 1..=2 {
        let held = open(a, a.connections)?;
        line = line.decimal(&format!("rss_wave{wave}_each_kib"), each(held - before));
    }
    Ok(line.decimal("rss_peak_each_kib", each(peak_rss(a.pid) - before)))
}

/// Opens this many connections at the same moment, closes them again, and returns the server's memory in between.
fn open(a: &Arguments, connections: usize) -> Result<i64> {
    let mut silent = Rooms::new(1, connections, 1, 32, 0);
    let mut engine = Engine::new(a.port)?;
    engine.open_all(connections, connections, &mut silent)?;
    engine.run(&mut silent, a.warmup.max(REST))?;
    Ok(Memory::of(a.pid).rss)
}
