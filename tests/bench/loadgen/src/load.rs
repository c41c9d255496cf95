//! Runs a continuous load: warm-up, measurement, and draining until the last answer.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::fault::{Fault, Result};
use crate::window::{Usage, Window};

/// Time limit for a run by count. It is long, because a server is about fifty times slower under valgrind.
const COUNTED: Duration = Duration::from_secs(300);

pub trait Load {
    /// Waits for events for at most `timeout`, and handles them.
    fn poll(&mut self, timeout: Duration) -> Result;
    /// Starts or stops counting answers.
    fn measure(&mut self, on: bool);
    /// Stops starting operations.
    fn stop(&mut self);
    /// Returns `true` if all operations have been started and answered.
    fn complete(&self) -> bool;
    /// Returns the number of operations that have not been answered.
    fn outstanding(&self) -> u64;
}

/// Measures a running load, by count or by time, and waits for the last answer.
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
