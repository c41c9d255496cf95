//! The command line.

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

pub const USAGE: &str = "usage: loadgen SCENARIO --port P [--pid SERVER] [--name SERVER] [--connections C] [--window W] \
[--size BYTES] [--secs S] [--warmup S] [--count N] [--drain S]";

#[derive(Debug)]
pub struct Arguments {
    pub scenario: String,
    /// The server's name in the output.
    pub name: String,
    pub port: u16,
    /// The server's process id, to read its CPU time and memory; 0 for none.
    pub pid: u32,
    pub connections: usize,
    pub window: usize,
    pub size: usize,
    pub measured: Duration,
    pub warmup: Duration,
    /// Total number of operations; 0 to run for a fixed time instead.
    pub count: u64,
    /// Time limit for the last answers; later ones count as lost.
    pub drain: Duration,
}

impl Arguments {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let scenario = arguments.next().ok_or("no scenario")?;
        let mut given = HashMap::new();
        while let Some(argument) = arguments.next() {
            let key = argument.strip_prefix("--").ok_or_else(|| format!("what is {argument}?"))?;
            let value = arguments.next().ok_or_else(|| format!("--{key} has no value"))?;
            given.insert(key.to_owned(), value);
        }
        let parsed = Self {
            scenario,
            name: take(&mut given, "name", "?".to_owned())?,
            port: take(&mut given, "port", 3000)?,
            pid: take(&mut given, "pid", 0)?,
            connections: take(&mut given, "connections", 100)?,
            window: take(&mut given, "window", 1)?,
            size: take(&mut given, "size", 32)?,
            measured: Duration::from_secs_f64(take(&mut given, "secs", 3.0)?),
            warmup: Duration::from_secs_f64(take(&mut given, "warmup", 1.0)?),
            count: take(&mut given, "count", 0)?,
            drain: Duration::from_secs_f64(take(&mut given, "drain", 15.0)?),
        };
        match given.into_keys().next() {
            Some(unknown) => Err(format!("what is --{unknown}?")),
            None => Ok(parsed),
        }
    }

    /// Maximum number of operations to start.
    pub fn limit(&self) -> u64 {
        if self.count > 0 { self.count } else { u64::MAX }
    }
}

fn take<T: FromStr>(given: &mut HashMap<String, String>, key: &str, default: T) -> Result<T, String> {
    match given.remove(key) {
        Some(value) => value.parse().map_err(|_| format!("bad value for --{key}: {value}")),
        None => Ok(default),
    }
}
