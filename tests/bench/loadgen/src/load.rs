//! A load that is kept up: warmed up, measured, and drained to the last answer.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::fault::{Fault, Result};
use crate::window::{Usage, Window};

/// How long a counted run may take: under valgrind a server is some fifty times slower.
const COUNTED: Duration = Duration::from_secs(300);

pub trait Load {
    /// Handles what comes within `timeout`.
    fn poll(&mut self, timeout: Duration) -> Result;
    /// Whether what comes is counted from now on.
    fn measure(&mut self, on: bool);
    /// Begins nothing more.
    fn stop(&mut self);
    /// All that shall be begun is begun and answered.
    fn complete(&self) -> bool;
    /// What is begun and not answered.
    fn outstanding(&self) -> u64;
}

/// Measures a load that has begun, by count or by time, and waits for the last answer to it.
pub fn measure(a: &Arguments, load: &mut impl Load) -> Result<Usage> {
    if a.count == 0 {
        run(load, a.warmup)?;
    }
    load.measure(true);
    let window = Window::open(a.pid);
    if a.count == 0 {
        run(load, a.measured)?;
    } else {
        let deadline = Instant::now() + COUNTED;
        while !load.complete() {
            load.poll(Duration::from_millis(100))?;
            if Instant::now() > deadline {
                return Err(Fault::Late(format!("{} answers after {COUNTED:?}", load.outstanding())));
            }
        }
    }
    let usage = window.close();
    load.measure(false);
    load.stop();
    drain(load, a.drain)?;
    Ok(usage)
}

pub fn run(load: &mut impl Load, time: Duration) -> Result {
    let end = Instant::now() + time;
    while Instant::now() < end {
        load.poll(Duration::from_millis(20))?;
    }
    Ok(())
}

pub fn drain(load: &mut impl Load, within: Duration) -> Result {
    let deadline = Instant::now() + within;
    while load.outstanding() > 0 {
        load.poll(Duration::from_millis(20))?;
        if Instant::now() > deadline {
            return Err(Fault::Lost(format!("{} answers", load.outstanding())));
        }
    }
    Ok(())
}
