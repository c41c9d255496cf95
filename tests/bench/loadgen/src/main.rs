//! A Socket.IO load generator with one thread and one epoll instance. ../../README.md describes the scenarios.

#![forbid(unsafe_code)]

mod arguments;
mod burst;
mod churn;
mod connect;
mod echo;
mod engine;
mod exchange;
mod fault;
mod frame;
mod histogram;
mod idle;
mod load;
mod message;
mod polling;
mod process;
mod report;
mod rooms;
mod slow;
mod socket;
mod storm;
mod window;

use std::process::ExitCode;

use arguments::Arguments;
use echo::Kind;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(wrong) => {
            eprintln!("loadgen: {wrong}\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    let a = &arguments;
    let line = socket::raise_open_files().and_then(|()| match a.scenario.as_str() {
        "echo" => echo::run(a, Kind::Text),
        "echoraw" => echo::run(a, Kind::Raw),
        "binary" => echo::run(a, Kind::Binary),
        "polling" => polling::run(a),
        "broadcast" => rooms::run(a, 1, a.connections),
        "rooms" => rooms::run(a, a.connections, a.window),
        "churn" => churn::run(a),
        "burst" => burst::run(a),
        "slow" => slow::run(a),
        "connect" => connect::run(a),
        "idle" => idle::run(a),
        "storm" => storm::run(a),
        other => Err(fault::Fault::Scenario(other.to_owned())),
    });
    match line {
        Ok(line) => {
            println!("{}", line.end());
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("{}", report::failed(a, &fault));
            ExitCode::FAILURE
        }
    }
}
