//! The server's process, and its memory and open files from `/proc`.

use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use switchboard_tests::Endpoint;
use switchboard_tests::endpoint::within;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

pub(crate) const MIB: u64 = 1024 * 1024;

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) endpoint: Endpoint,
    child: Child,
    id: u32,
    output: Arc<Output>,
}

/// The lines that the server has printed.
#[derive(Debug)]
pub(crate) struct Output(watch::Receiver<Vec<String>>);

impl Output {
    /// Waits until the server has printed `count` lines.
    pub(crate) async fn reached(&self, count: usize) -> Vec<String> {
        let mut lines = self.0.clone();
        let lines = lines.wait_for(|lines| lines.len() >= count);
        within(format!("{count} lines"), lines).await.expect("the server runs").clone()
    }

    /// Waits until the server has closed its output.
    async fn all(&self) -> Vec<String> {
        let mut lines = self.0.clone();
        // `wait_for` fails when the output is closed.
        let _ = within("the end of the output", lines.wait_for(|_| false)).await;
        self.0.borrow().clone()
    }
}

impl Process {
    /// Starts the server for this attack, as another process of this program.
    pub(crate) async fn start(attack: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["serve", attack])
            // Makes glibc return free memory to the system, so that the size of the process shows the server's memory.
            .envs([("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "65536"), ("MALLOC_MMAP_THRESHOLD_", "8192")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a process");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (lines, output) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = stdout.next_line().await {
                lines.send_modify(|lines| lines.push(line));
            }
        });
        let output = Arc::new(Output(output));
        let address: SocketAddr = output.reached(1).await[0].parse().expect("the server's address");
        Self { endpoint: Endpoint::new(address), id: child.id().expect("a running process"), child, output }
    }

    pub(crate) fn output(&self) -> Arc<Output> {
        self.output.clone()
    }

    /// Returns the resident memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Returns the peak of the resident memory since the last [`reset_peak`](Self::reset_peak), in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    pub(crate) fn reset_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.id), "5").expect("the server runs");
    }

    pub(crate) fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id)).expect("the server runs").count()
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the server runs");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Asks the server to shut down, and checks that it finishes all work.
    pub(crate) async fn stop(mut self) {
        drop(self.child.stdin.take());
        let status = within("shutting down", self.child.wait()).await.expect("a process of this one");
        let lines = self.output.all().await;
        let last = lines.last().expect("a line");
        assert!(status.success() && last.ends_with(" 0 unfinished"), "{status}: {last}");
    }
}
