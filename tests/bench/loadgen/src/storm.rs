//! The memory held by connections that all open at once, measured twice.

use std::time::Duration;

use crate::arguments::Arguments;
use crate::engine::Engine;
use crate::fault::Result;
use crate::process::{Memory, peak_rss};
use crate::report::Line;
use crate::rooms::Rooms;

/// Time after which the server has also released memory that it frees with a delay.
const REST: Duration = Duration::from_secs(2);

pub fn run(a: &Arguments) -> Result<Line> {
    // One-time allocations at the first connection are not counted.
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

/// Opens this many connections at once, measures the server's memory, and closes them again.
fn open(a: &Arguments, connections: usize) -> Result<i64> {
    let mut silent = Rooms::new(1, connections, 1, 32, 0);
    let mut engine = Engine::new(a.port)?;
    engine.open_all(connections, connections, &mut silent)?;
    engine.run(&mut silent, a.warmup.max(REST))?;
    Ok(Memory::of(a.pid).rss)
}
