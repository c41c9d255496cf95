//! The cost of idle connections in a room.

use std::time::Duration;

use crate::arguments::Arguments;
use crate::engine::Engine;
use crate::fault::Result;
use crate::process::Memory;
use crate::report::Line;
use crate::rooms::Rooms;
use crate::window::Window;

pub fn run(a: &Arguments) -> Result<Line> {
    // No messages are sent to this room.
    let mut silent = Rooms::new(1, a.connections + 1, 1, 32, 0);
    let mut engine = Engine::new(a.port)?;
    // One-time allocations at the first connection are not counted.
    engine.open_all(1, 1, &mut silent)?;
    engine.run(&mut silent, Duration::from_millis(500))?;
    let before = Memory::of(a.pid);
    engine.open_all(a.connections, 64, &mut silent)?;
    engine.run(&mut silent, a.warmup)?;
    let joined = Memory::of(a.pid);
    let window = Window::open(a.pid);
    engine.run(&mut silent, a.measured)?;
    let usage = window.close();
    let after = Memory::of(a.pid);
    let each = |kib: i64| kib as f64 / a.connections as f64;
    Ok(Line::begin(a)
        .number("rss_before_kib", before.rss)
        .decimal("rss_each_kib", each(joined.rss - before.rss))
        .decimal("pss_each_kib", each(joined.pss - before.pss))
        .decimal("rss_end_each_kib", each(after.rss - before.rss))
        .usage(0, &usage))
}
