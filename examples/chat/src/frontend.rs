//! Builds the page when it is missing or older than its sources, so that `cargo run` is the only command to know.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web");
const SOURCES: [&str; 6] = ["src", "index.html", "style.css", "favicon.svg", "package-lock.json", "tsconfig.json"];
// Windows finds only `.exe` files without their ending.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Makes sure that the page is up to date, and returns the folder to serve.
///
/// # Errors
/// Says in plain words what is missing or what failed.
pub(crate) fn prepare() -> Result<PathBuf, String> {
    let web = Path::new(WEB);
    let dist = web.join("dist");
    let built = changed(&dist.join("main.js"));
    if built.is_none() || built < newest(web) {
        println!("Building the page in {WEB} (once, and after changes to it)");
        if changed(&web.join("node_modules/.package-lock.json")) < changed(&web.join("package-lock.json")) {
            npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
        }
        npm(&["run", "build"])?;
    }
    Ok(dist)
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

/// When the youngest of the page's sources changed.
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
