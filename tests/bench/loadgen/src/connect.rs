//! Opens connections, up to the reply to the Socket.IO CONNECT, and closes them.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::engine::{Engine, Io, Scenario};
use crate::fault::{Fault, Result, excerpt, wrong};
use crate::histogram::Histogram;
use crate::report::Line;
use crate::window::Window;

const WITHIN: Duration = Duration::from_secs(300);

#[derive(Default)]
struct Connects {
    made: Vec<usize>,
}

impl Scenario for Connects {
    fn ready(&mut self, connection: usize, io: &mut Io<'_>) {
        io.close = true;
        self.made.push(connection);
    }

    fn text(&mut self, connection: usize, message: &[u8], _: &mut Io<'_>) -> Result {
        wrong(connection, format!("nothing is awaited: {}", excerpt(message)))
    }
}

/// Opens `count` connections after a warm-up of `count / 5`, with up to `window` connecting at a time.
pub fn run(a: &Arguments) -> Result<Line> {
    let count = if a.count > 0 { a.count } else { 5000 };
    let warmup = count / 5;
    let mut connects = Connects::default();
    let mut engine = Engine::new(a.port)?;
    let mut opened = (a.window as u64).min(warmup + count);
    for _ in 0..opened {
        engine.open(None)?;
    }
    let mut latencies = Histogram::new();
    let mut window = Window::open(a.pid);
    let mut made = 0;
    let deadline = Instant::now() + WITHIN;
    while made < warmup + count {
        engine.poll(&mut connects, Duration::from_millis(100))?;
        for connection in std::mem::take(&mut connects.made) {
            latencies.add(engine.opened_at(connection).elapsed());
            made += 1;
            if made == warmup {
                latencies = Histogram::new();
                window = Window::open(a.pid);
            }
            if opened < warmup + count {
                engine.open(Some(connection))?;
                opened += 1;
            }
        }
        if Instant::now() > deadline {
            return Err(Fault::Late(format!("{made} connections after {WITHIN:?}")));
        }
    }
    Ok(Line::begin(a).latencies("", &latencies).usage(count, &window.close()))
}
