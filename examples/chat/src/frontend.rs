//! Builds the page if it is missing or older than its sources, so that `cargo run` is the only command needed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web");
/// The folder of `socket.io-client`, which the page loads from the server.
const CLIENT: &str = "node_modules/socket.io-client/dist";
const SOURCES: [&str; 7] =
    ["src", "index.html", "style.css", "favicon.svg", "package.json", "package-lock.json", "tsconfig.json"];
// On Windows, `Command` adds only the extension `.exe`.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The folders that the server serves to browsers.
pub(crate) struct Frontend {
    /// The folder of the page.
    pub(crate) page: PathBuf,
    /// The folder of `socket.io-client`.
    pub(crate) client: PathBuf,
}

/// Builds the page if necessary, and returns its folders.
///
/// # Errors
///
/// Returns a message for the user if npm is missing or fails.
pub(crate) fn prepare() -> Result<Frontend, String> {
    let web = Path::new(WEB);
    let (page, client) = (web.join("dist"), web.join(CLIENT));
    let built = changed(&page.join("main.js"));
    if built.is_none() || built < newest(web) || !client.is_dir() {
        println!("Building the page in {WEB} (once, and after changes to it)");
        if changed(&web.join("node_modules/.package-lock.json")) < changed(&web.join("package-lock.json")) {
            npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
        }
        npm(&["run", "build"])?;
    }
    Ok(Frontend { page, client })
}

fn npm(arguments: &[&str]) -> Result<(), String> {
    let command = format!("npm {}", arguments.join(" "));
    println!("> {command}");
    match Command::new(NPM).args(arguments).current_dir(WEB).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{command}` failed in {WEB} ({status}); what it printed above says why.")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err("The chat's page is written in TypeScript, and npm, which builds it, is not installed.\n\
             Install Node.js 20 or newer, which brings npm (https://nodejs.org), and run this again."
                .to_owned())
        }
        Err(error) => Err(format!("Cannot start `{command}`: {error}")),
    }
}

/// Returns the time of the latest change to the page's sources.
fn newest(web: &Path) -> Option<SystemTime> {
    SOURCES
        .iter()
        .map(|source| web.join(source))
        .flat_map(|path| match fs::read_dir(&path) {
            Ok(folder) => folder.flatten().map(|entry| entry.path()).collect(),
            Err(_) => vec![path],
        })
        .filter_map(|file| changed(&file))
        .max()
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}
