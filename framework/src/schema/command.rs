//! The contract on the command line of the server's own program, which is the only one that knows the types.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{
    fs,
    io::{self, Write},
};

use super::{Changes, Contract, Document, LockError, Warning, WarningKind};

const USAGE: &str = "\
usage: contract <what> [options]

  contract typescript [--out FILE]    types for socket.io-client
  contract asyncapi [--out FILE]      an AsyncAPI 3 document
  contract html [--out FILE]          a page to read
  contract lock [--lock FILE]         writes the lock file, if no change breaks clients
           [--breaking]               … or even so
  contract check [--lock FILE]        what has changed since, and what breaks clients

Without --out the text is printed. The lock file is contract.lock.json unless --lock names another.
Exit codes: 0 done, or no breaking change; 1 breaking changes; 2 anything else that went wrong.";

const LOCK_FILE: &str = "contract.lock.json";

/// The reason why a command failed.
enum Failure {
    /// The contract has breaking changes.
    Breaking,
    /// Any other failure, with a message.
    Other(String),
}

impl Contract {
    /// Runs the contract's command if the program's arguments ask for it:
    /// `my-server contract typescript --out web/contract.ts`.
    ///
    /// `arguments` are the program's arguments without its name. If the first one is `contract`, runs the command that
    /// follows and returns the program's exit code. Otherwise returns `None`. `contract help` lists the commands.
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    /// use switchboard::prelude::*;
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {}
    ///
    /// fn main() -> ExitCode {
    ///     let server = Server::new().namespace(Chat);
    ///     if let Some(exit) = server.contract().command(std::env::args().skip(1)) {
    ///         return exit;
    ///     }
    ///     // … serve
    ///     ExitCode::SUCCESS
    /// }
    /// ```
    ///
    /// `check` compares the contract with the lock file. In CI, use the lock file of the target branch:
    ///
    /// ```sh
    /// git show origin/main:contract.lock.json > before.json
    /// cargo run -- contract check --lock before.json
    /// ```
    pub fn command(&self, arguments: impl IntoIterator<Item = String>) -> Option<ExitCode> {
        let mut arguments = arguments.into_iter();
        arguments.next().filter(|first| first == "contract")?;
        Some(match self.obey(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Breaking) => ExitCode::from(1),
            Err(Failure::Other(message)) => {
                eprintln!("{message}");
                ExitCode::from(2)
            }
        })
    }

    fn obey(&self, mut arguments: impl Iterator<Item = String>) -> Result<(), Failure> {
        let what = arguments.next().unwrap_or_default();
        let options = Options::read(arguments)?;
        match what.as_str() {
            "typescript" => self.export(&self.typescript(), options.out()?),
            "asyncapi" => self.export(&self.asyncapi(), options.out()?),
            "html" => self.export(&self.html(), options.out()?),
            "lock" => self.write_lock(&options.lock()?, options.breaking),
            "check" if !options.breaking => self.check(&options.lock()?),
            "help" | "--help" | "-h" => print(&format!("{USAGE}\n")),
            _ => Err(Failure::Other(USAGE.to_owned())),
        }
    }

    /// Prints the warnings and the types without a description to standard error.
    fn print_notes(&self) {
        // A project may have hundreds of large integers. They share one line.
        let is_integer = |warning: &Warning| warning.kind == WarningKind::IntegerLosesDigits;
        let (integers, others): (Vec<_>, Vec<_>) = self.warnings().into_iter().partition(is_integer);
        for warning in others {
            eprintln!("warning: {warning}");
        }
        if let [first, rest @ ..] = &integers[..] {
            let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
            eprintln!("warning: {}{more}: {}", first.place, first.kind);
        }
        for unknown in self.unknowns() {
            eprintln!("note: {unknown}");
        }
    }

    fn export(&self, document: &Document, out: Option<PathBuf>) -> Result<(), Failure> {
        self.print_notes();
        match out {
            None => print(document.as_str()),
            Some(path) => document.write(&path).map_err(|error| failed(&path, &error)),
        }
    }

    fn write_lock(&self, path: &Path, breaking: bool) -> Result<(), Failure> {
        match self.compare_with_lock(path) {
            Ok(changes) => {
                print_changes(&changes)?;
                if changes.is_breaking() && !breaking {
                    eprintln!("{} is as it was: --breaking writes it even so", path.display());
                    return Err(Failure::Breaking);
                }
            }
            Err(LockError::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => {}
            // A lock file that cannot be compared with is overwritten only on request.
            Err(_) if breaking => {}
            Err(error) => return Err(failed(path, &error)),
        }
        self.lock().write(path).map_err(|error| failed(path, &error))
    }

    fn check(&self, path: &Path) -> Result<(), Failure> {
        let changes = self.compare_with_lock(path).map_err(|error| failed(path, &error))?;
        print_changes(&changes)?;
        if changes.is_breaking() {
            return Err(Failure::Breaking);
        }
        let text = fs::read_to_string(path).map_err(|error| failed(path, &error))?;
        if text.replace("\r\n", "\n") != self.lock().as_str() {
            eprintln!("{} is not today's: `contract lock` writes it", path.display());
        }
        Ok(())
    }
}

fn print_changes(changes: &Changes) -> Result<(), Failure> {
    if changes.is_empty() { Ok(()) } else { print(&format!("{changes}\n")) }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // The reader closed the pipe early: `contract html | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| Failure::Other(format!("the text cannot be printed: {error}"))),
    }
}

fn failed(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Other(format!("{}: {error}", path.display()))
}

#[derive(Default)]
struct Options {
    out: Option<PathBuf>,
    lock: Option<PathBuf>,
    breaking: bool,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let value = match argument.as_str() {
                "--out" => &mut options.out,
                "--lock" => &mut options.lock,
                "--breaking" => {
                    options.breaking = true;
                    continue;
                }
                _ => return Err(Failure::Other(format!("unknown argument {argument:?}\n\n{USAGE}"))),
            };
            let path = arguments.next().ok_or_else(|| Failure::Other(format!("{argument} needs a file\n\n{USAGE}")))?;
            *value = Some(path.into());
        }
        Ok(options)
    }

    /// Returns the path that an export is written to. Exports do not accept the options for lock files.
    fn out(self) -> Result<Option<PathBuf>, Failure> {
        if self.lock.is_some() || self.breaking { Err(Failure::Other(USAGE.to_owned())) } else { Ok(self.out) }
    }

    fn lock(&self) -> Result<PathBuf, Failure> {
        if self.out.is_some() {
            return Err(Failure::Other(USAGE.to_owned()));
        }
        Ok(self.lock.clone().unwrap_or_else(|| LOCK_FILE.into()))
    }
}
