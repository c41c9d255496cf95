//! A program that offers the contract command line of a server.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(status) = switchboard_tests::contract::contract().command(std::env::args().skip(1)) {
        return status;
    }
    println!("here it would serve");
    ExitCode::SUCCESS
}
