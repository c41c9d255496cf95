//! The command line that a server's own program has for its contract.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(status) = switchboard_tests::contract::contract().command(std::env::args().skip(1)) {
        return status;
    }
    println!("here it would serve");
    ExitCode::SUCCESS
}
