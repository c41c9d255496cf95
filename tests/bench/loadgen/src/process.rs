//! CPU time, memory and open files of the server, read from /proc.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time of all live threads, and the ticks to compute the kernel's share.
#[derive(Clone, Copy, Default)]
pub struct Cpu {
    pub time: Duration,
    pub user_ticks: u64,
    pub system_ticks: u64,
}

impl Cpu {
    pub fn of(pid: u32) -> Self {
        let mut cpu = Self::default();
        if pid == 0 {
            return cpu;
        }
        for thread in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let schedstat = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            cpu.time += Duration::from_nanos(number(schedstat.split(' ').next()));
        }
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The process name, in parentheses, may contain spaces.
        if let Some((_, fields)) = stat.rsplit_once(')') {
            let mut fields = fields.split_whitespace().skip(11);
            cpu.user_ticks = number(fields.next());
            cpu.system_ticks = number(fields.next());
        }
        cpu
    }
}

/// Returns the CPU time of this process.
pub fn own_cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Returns the ticks that the hypervisor gave to other guests, a measure of the noise of a shared host.
pub fn stolen_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    number(stat.lines().next().and_then(|line| line.split_whitespace().nth(8)))
}

/// Memory of a process, in KiB.
#[derive(Clone, Copy)]
pub struct Memory {
    pub rss: i64,
    pub pss: i64,
}

impl Memory {
    pub fn of(pid: u32) -> Self {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        Self { rss: kib(&rollup, "Rss:") as i64, pss: kib(&rollup, "Pss:") as i64 }
    }
}

/// Returns the peak memory of a process, in KiB.
pub fn peak_rss(pid: u32) -> i64 {
    kib(&fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default(), "VmHWM:") as i64
}

/// Returns the memory that is still available on the machine, in KiB.
pub fn available() -> u64 {
    kib(&fs::read_to_string("/proc/meminfo").unwrap_or_default(), "MemAvailable:")
}

pub fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

fn kib(text: &str, key: &str) -> u64 {
    let line = text.lines().find(|line| line.starts_with(key));
    number(line.and_then(|line| line.split_whitespace().nth(1)))
}

fn number(text: Option<&str>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}
