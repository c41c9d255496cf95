//! A log-linear histogram of latencies, with 64 buckets per power of two of nanoseconds. The error is below 1.6 %.

use std::time::Duration;

pub struct Histogram {
    buckets: Vec<u64>,
    samples: u64,
    max: u64,
}

impl Histogram {
    pub fn new() -> Self {
        Self { buckets: vec![0; 64 + 58 * 64], samples: 0, max: 0 }
    }

    pub fn add(&mut self, latency: Duration) {
        let nanos = latency.as_nanos() as u64;
        let bucket = if nanos < 64 {
            nanos as usize
        } else {
            let exponent = nanos.ilog2() as usize;
            (exponent - 6) * 64 + (nanos >> (exponent - 6)) as usize
        };
        self.buckets[bucket] += 1;
        self.samples += 1;
        self.max = self.max.max(nanos);
    }

    /// Returns a quantile, in microseconds.
    pub fn quantile(&self, q: f64) -> f64 {
        let wanted = (self.samples as f64 * q).ceil() as u64;
        let mut seen = 0;
        for (i, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                let nanos = if i < 64 { i as u64 } else { ((64 + i % 64) as u64) << (i / 64 - 1) };
                return nanos.min(self.max) as f64 / 1000.0;
            }
        }
        self.max()
    }

    /// Returns the maximum, in microseconds.
    pub fn max(&self) -> f64 {
        self.max as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_within_a_bucket() {
        let mut histogram = Histogram::new();
        for micros in 1..=10_000 {
            histogram.add(Duration::from_micros(micros));
        }
        for (q, expected) in [(0.5, 5000.0), (0.99, 9900.0), (0.999, 9990.0)] {
            let got = histogram.quantile(q);
            assert!((got - expected).abs() <= expected / 60.0, "{q}: {got}, not {expected}");
        }
        assert_eq!(histogram.max(), 10_000.0);
    }
}
