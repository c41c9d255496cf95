//! A text made from a contract, and the file that holds it.

use std::path::Path;
use std::{env, fmt, fs, io};

/// The environment variable that makes tests write the files that they otherwise compare.
pub(super) const UPDATE: &str = "SWITCHBOARD_UPDATE";

/// A text made from a contract.
///
/// ```no_run
/// # use switchboard::prelude::*;
/// # struct Chat;
/// # #[namespace("/chat")]
/// # impl Chat {}
/// let contract = Server::new().namespace(Chat).contract();
/// println!("{}", contract.typescript());
/// contract.typescript().write("web/src/contract.ts")?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is printed, written or compared"]
pub struct Document(pub(super) String);

impl Document {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Writes the file, unless it has this text already: an unchanged file does not trigger a rebuild.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        if self.is_in(path) { Ok(()) } else { fs::write(path, &self.0) }
    }

    /// Asserts in a test that the file, which is under version control, has this text. With `SWITCHBOARD_UPDATE=1` in
    /// the environment, writes the file instead.
    ///
    /// The path is relative to the package's folder, where `cargo test` runs the tests.
    ///
    /// # Panics
    ///
    /// Panics if the file has another text, is missing, or cannot be written.
    #[track_caller]
    pub fn assert_written(&self, path: impl AsRef<Path>) {
        let update = env::var_os(UPDATE).is_some_and(|value| !value.is_empty());
        self.keep(path.as_ref(), update).unwrap_or_else(|message| panic!("{message}"));
    }

    /// Writes the text to the file if `update` is set, and otherwise checks that the file has it.
    pub(super) fn keep(&self, path: &Path, update: bool) -> Result<(), String> {
        if update {
            return self.write(path).map_err(|error| format!("{}: {error}", path.display()));
        }
        if self.is_in(path) {
            return Ok(());
        }
        let path = path.display();
        Err(format!(
            "{path} is not what the contract says today: {UPDATE}=1 makes this test write it, for you to look at"
        ))
    }

    /// Returns `true` if the file has this text. Line endings are ignored, because git may change them.
    fn is_in(&self, path: &Path) -> bool {
        fs::read_to_string(path).is_ok_and(|text| text.replace("\r\n", "\n") == self.0)
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
