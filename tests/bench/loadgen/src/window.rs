//! A measured time window, with CPU samples at its start and end.

use std::time::{Duration, Instant};

use crate::process::{Cpu, own_cpu_time, stolen_ticks};

pub struct Window {
    pid: u32,
    begin: Instant,
    client: Duration,
    server: Cpu,
    stolen: u64,
}

/// CPU usage during a window, in cores.
pub struct Usage {
    pub seconds: f64,
    pub client: f64,
    pub server: f64,
    /// The kernel's share of the server's CPU time, from 0 to 1.
    pub kernel: f64,
    pub stolen: f64,
}

impl Window {
    pub fn open(pid: u32) -> Self {
        Self { pid, server: Cpu::of(pid), client: own_cpu_time(), stolen: stolen_ticks(), begin: Instant::now() }
    }

    pub fn close(&self) -> Usage {
        let seconds = self.begin.elapsed().as_secs_f64();
        let client = own_cpu_time() - self.client;
        let server = Cpu::of(self.pid);
        let user = (server.user_ticks - self.server.user_ticks) as f64;
        let system = (server.system_ticks - self.server.system_ticks) as f64;
        Usage {
            seconds,
            client: client.as_secs_f64() / seconds,
            // The sum can shrink, because it does not include threads that have ended.
            server: server.time.saturating_sub(self.server.time).as_secs_f64() / seconds,
            kernel: if user + system > 0.0 { system / (user + system) } else { 0.0 },
            stolen: (stolen_ticks() - self.stolen) as f64 / 100.0 / seconds,
        }
    }
}

impl Usage {
    /// Returns the server's CPU time per operation, in microseconds.
    pub fn per_operation(&self, operations: u64) -> f64 {
        self.server * self.seconds * 1e6 / operations.max(1) as f64
    }
}
