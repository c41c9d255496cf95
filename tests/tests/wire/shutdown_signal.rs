//! `shutdown_signal`, in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that has started to listen.
fn start() -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wire_server"));
    let mut process = Process(command.stdout(Stdio::piped()).spawn().expect("the server starts"));
    let mut line = String::new();
    let stdout = process.0.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("its first line");
    assert!(line.starts_with("listening "), "{line}");
    process
}

#[test]
fn sigterm_and_sigint_end_a_server_in_order() {
    for signal in ["TERM", "INT"] {
        let mut process = start();
        let sent = Command::new("kill").args(["-s", signal, &process.0.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        // A process that the signal terminates has no exit code.
        assert_eq!(process.0.wait().expect("it ends").code(), Some(0), "{signal}");
    }
}
