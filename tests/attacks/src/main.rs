//! Attacks on Switchboard servers, each in a separate process. Run them with `tests/run attacks`.
//!
//! During an attack, a bystander exchanges echoes with the server, and all of them must arrive in order. The server's
//! memory must stay below the attack's limit. Afterwards, its memory and number of open files must return to their
//! earlier level. Every attack runs twice, because memory that the second round adds is a leak.
//!
//! Times are printed but not checked. A server that does not respond or recover fails after a generous deadline.

mod attack;
mod attacks;
mod bystander;
mod process;
mod server;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use attack::{Attack, Target};
use bystander::Bystander;
use process::{MIB, Process};
use tokio::time::{sleep, timeout};

/// Time limit for a round of an attack, and for the server to recover from it.
const DEADLINE: Duration = Duration::from_secs(120);
/// Memory that the allocator may retain after both rounds, in bytes.
const KEPT: u64 = 16 * MIB;
/// Memory that the allocator may retain after the second round in addition to the first, in bytes.
const GROWTH: u64 = 4 * MIB;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, name] = &arguments[..]
        && serve == "serve"
    {
        server::serve(attacks::named(name).expect("an attack of this name")).await;
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for attack in attacks::ALL {
        if !arguments.is_empty() && !arguments.iter().any(|name| name == attack.name) {
            continue;
        }
        let begun = Instant::now();
        // In a separate task, so that the next attack runs after a failed assertion.
        let outcome = tokio::spawn(run(attack)).await;
        let seconds = begun.elapsed().as_secs();
        match &outcome {
            Ok(summary) => println!("passed {seconds:>4}s  {:<28} {summary}", attack.name),
            Err(_) => println!("FAILED {seconds:>4}s  {}", attack.name),
        }
        failed |= outcome.is_err();
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs both rounds of an attack, and returns its measurements.
async fn run(attack: &'static Attack) -> String {
    let process = Process::start(attack.name).await;
    let bystander = Bystander::start(&process.endpoint).await;
    let target = Target::new(&process, &bystander);
    target.warm_up().await;
    let (memory, files) = (process.memory(), process.open_files());
    let (mut left, mut peak) = (memory + KEPT, 0);
    for round in 1..=2 {
        process.reset_peak();
        timeout(DEADLINE, (attack.run)(target.clone())).await.expect("the attack ends in time");
        let most = process.peak().saturating_sub(memory);
        assert!(most <= attack.peak, "round {round}: the server took {} MiB", most / MIB);
        peak = peak.max(most);
        let recovered = timeout(DEADLINE, async {
            while process.open_files() > files || process.memory() > left {
                sleep(Duration::from_millis(50)).await;
            }
        });
        if recovered.await.is_err() {
            let (memory, open) = (process.memory() / MIB, process.open_files());
            panic!("round {round}: {memory} MiB of at most {}, {open} open files of at most {files}", left / MIB);
        }
        left = left.min(process.memory() + GROWTH);
    }
    let after = process.memory();
    let echoes = bystander.finish().await;
    process.stop().await;
    format!("{:>4} → {} MiB, at most {} more; {echoes} echoes", memory / MIB, after / MIB, peak / MIB)
}
