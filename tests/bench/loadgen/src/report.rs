//! The result of a run: a JSON object on one line.

use std::fmt::{Display, Write};

use crate::arguments::Arguments;
use crate::fault::Fault;
use crate::histogram::Histogram;
use crate::window::Usage;

pub struct Line(String);

impl Line {
    pub fn begin(a: &Arguments) -> Self {
        Self(format!("{{\"scenario\":\"{}\",\"server\":\"{}\",\"size\":{}", a.scenario, a.name, a.size))
    }

    pub fn number(mut self, key: &str, value: impl Display) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.0, ",\"{key}\":{value}");
        self
    }

    pub fn decimal(self, key: &str, value: f64) -> Self {
        self.number(key, format_args!("{value:.4}"))
    }

    pub fn latencies(self, prefix: &str, histogram: &Histogram) -> Self {
        self.decimal(&format!("{prefix}p50_us"), histogram.quantile(0.5))
            .decimal(&format!("{prefix}p99_us"), histogram.quantile(0.99))
            .decimal(&format!("{prefix}p999_us"), histogram.quantile(0.999))
            .decimal(&format!("{prefix}max_us"), histogram.max())
    }

    pub fn usage(self, operations: u64, usage: &Usage) -> Self {
        self.number("operations", operations)
            .decimal("secs", usage.seconds)
            .decimal("rate", operations as f64 / usage.seconds)
            .decimal("server_us", usage.per_operation(operations))
            .decimal("server_cpu", usage.server)
            .decimal("server_kernel", usage.kernel)
            .decimal("client_cpu", usage.client)
            .decimal("stolen", usage.stolen)
    }

    pub fn end(self) -> String {
        self.0 + ",\"ok\":true}"
    }
}

pub fn failed(a: &Arguments, fault: &Fault) -> String {
    let plain: String = fault
        .to_string()
        .chars()
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    format!("{},\"error\":\"{plain}\",\"ok\":false}}", Line::begin(a).0)
}
