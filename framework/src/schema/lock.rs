//! The lock file: the contract that existing clients rely on, for comparison with the current one.

use std::path::Path;
use std::{env, fs, io};

use super::compatibility::Changes;
use super::document::UPDATE;
use super::walk::{self, sorted};
use super::{Contract, Document};

/// The version of the file's format. A change that older programs cannot read increments it.
const FORMAT: u64 = 1;

/// An error when reading a lock file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file cannot be read.
    #[error("the lock file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The text is not a lock file.
    #[error("this is no lock file: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The file was written by a program with another version of the format.
    #[error("the lock file has the format {found:?}, and format {FORMAT} is known: write it anew")]
    Format {
        /// The version in the file.
        found: Option<u64>,
    },
    /// The file refers to a type that it does not describe.
    #[error("the lock file refers to a type that it does not describe: {reference}")]
    MissingType {
        /// The reference.
        reference: String,
    },
}

impl Contract {
    /// Returns the contract as the text of a lock file, which [`from_lock`](Self::from_lock) reads.
    ///
    /// Doc comments are left out, because a change of them does not break clients.
    pub fn lock(&self) -> Document {
        let mut contract = self.undocumented();
        // The session is private to the server.
        for namespace in &mut contract.namespaces {
            namespace.session = None;
        }
        // The order of variants and of guards makes no difference to clients.
        contract.each_schema_mut(&mut |schema| {
            for union in ["enum", "anyOf", "oneOf", "allOf"] {
                if let Some(serde_json::Value::Array(schemas)) = schema.get_mut(union) {
                    schemas.sort_by_cached_key(serde_json::Value::to_string);
                }
            }
        });
        let contract = contract.reachable();
        let mut file = serde_json::json!({ "format": FORMAT });
        for (key, value) in [
            ("namespaces", serde_json::to_value(&contract.namespaces)),
            ("types", serde_json::to_value(&contract.types)),
        ] {
            file[key] = value.unwrap_or_default();
        }
        Document(format!("{:#}\n", sorted(file)))
    }

    /// Reads a lock file's text.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a lock file, has another format, or refers to a type that it does not
    /// describe.
    pub fn from_lock(text: &str) -> Result<Self, LockError> {
        let file: serde_json::Value = serde_json::from_str(text)?;
        let found = file.get("format").and_then(serde_json::Value::as_u64);
        if found != Some(FORMAT) {
            return Err(LockError::Format { found });
        }
        let contract: Self = serde_json::from_value(file)?;
        match contract.missing_type() {
            Some(reference) => Err(LockError::MissingType { reference }),
            None => Ok(contract),
        }
    }

    /// Returns the changes since the lock file was written.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read, or is not a lock file.
    pub fn compare_with_lock(&self, path: impl AsRef<Path>) -> Result<Changes, LockError> {
        let before = Self::from_lock(&fs::read_to_string(path)?)?;
        Ok(before.compare(self))
    }

    /// Asserts in a test that the contract is compatible with the lock file, and that the file is up to date.
    ///
    /// With `SWITCHBOARD_UPDATE=1` in the environment, writes the file if it is missing or if all changes are
    /// compatible. With `SWITCHBOARD_UPDATE=breaking`, writes it in any case. The path is relative to the package's
    /// folder, where `cargo test` runs the tests.
    ///
    /// ```no_run
    /// # use switchboard::prelude::*;
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {}
    /// # /*
    /// #[test]
    /// # */
    /// fn the_contract_is_kept() {
    ///     Server::new().namespace(Chat).contract().assert_compatible("contract.lock.json");
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if there is a breaking change, with a list of all changes, or if the file is missing, malformed or out of
    /// date.
    #[track_caller]
    pub fn assert_compatible(&self, path: impl AsRef<Path>) {
        let update = env::var(UPDATE).unwrap_or_default();
        self.keep_lock(path.as_ref(), &update).unwrap_or_else(|message| panic!("{message}"));
    }

    fn keep_lock(&self, path: &Path, update: &str) -> Result<(), String> {
        match self.compare_with_lock(path) {
            Ok(changes) if changes.is_breaking() && update != "breaking" => {
                let path = path.display();
                return Err(format!(
                    "today's contract breaks clients of the one in {path}:\n{changes}\nIf that is meant, {UPDATE}=breaking \
                     makes this test write it."
                ));
            }
            Err(LockError::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => {}
            // A lock file that cannot be compared with is overwritten only on request.
            Err(error) if update != "breaking" => return Err(format!("{}: {error}", path.display())),
            _ => {}
        }
        self.lock().keep(path, !update.is_empty())
    }

    fn undocumented(&self) -> Self {
        let mut contract = self.clone();
        for namespace in &mut contract.namespaces {
            namespace.documentation.clear();
            for event in namespace.incoming.iter_mut().chain(&mut namespace.outgoing) {
                event.documentation.clear();
            }
        }
        contract.each_schema_mut(&mut |schema| {
            if let Some(keywords) = schema.as_object_mut() {
                for annotation in ["description", "title", "default", "examples", "deprecated"] {
                    keywords.remove(annotation);
                }
            }
        });
        contract
    }

    /// Returns the first reference in a schema to a type that does not exist.
    fn missing_type(&self) -> Option<String> {
        let mut missing = None;
        let mut look = |schema: &serde_json::Value| {
            walk::each(schema, &mut |schema| {
                let Some(reference) = schema.get("$ref").filter(|_| missing.is_none()) else { return };
                if !walk::reference(schema).is_some_and(|name| self.types.contains_key(name)) {
                    missing = Some(reference.as_str().map_or_else(|| reference.to_string(), str::to_owned));
                }
            });
        };
        for namespace in &self.namespaces {
            namespace.each_schema(&mut |_, _, schema| look(schema));
        }
        self.types.values().for_each(look);
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Returns a contract of `/` with one event, whose argument has this schema.
    fn contract(schema: &serde_json::Value) -> Contract {
        let argument = json!({ "name": "a", "schema": schema });
        let event =
            json!({ "name": "it", "documentation": "Does it.", "arguments": [argument], "ack": [{ "type": "null" }] });
        let session = json!({ "$ref": "#/components/schemas/Session" });
        serde_json::from_value(json!({
            "namespaces": [{ "path": "/", "session": session, "incoming": [event], "outgoing": [] }],
            "types": { "Session": { "type": "string" } },
        }))
        .unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let title = json!({ "title": { "type": "string", "description": "What it is called.", "default": "" } });
        let contract = contract(&json!({ "type": "object", "description": "A book.", "properties": title }));
        let lock = contract.lock();
        let read = Contract::from_lock(lock.as_str()).unwrap();
        assert_eq!(read.lock(), lock);
        assert!(contract.compare(&read).is_empty() && read.compare(&contract).is_empty());
        // A field may have the name of an annotation.
        assert!(lock.as_str().contains("\"title\""));
        for left_out in ["Does it.", "A book.", "called", "default", "Session"] {
            assert!(!lock.as_str().contains(left_out), "{lock}");
        }
    }

    #[test]
    fn a_lock_file_without_a_type_that_it_mentions_is_an_error() {
        let lock = contract(&json!({ "$ref": "#/components/schemas/Session" })).lock();
        assert!(Contract::from_lock(lock.as_str()).is_ok());
        for reference in ["#/components/schemas/Sess%69on", "#/definitions/Session"] {
            let outdated = lock.as_str().replace("#/components/schemas/Session", reference);
            let error = Contract::from_lock(&outdated).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the lock file refers to a type that it does not describe: {reference}")
            );
        }
    }

    #[test]
    fn the_file_is_kept() {
        let folder = std::env::temp_dir().join(format!("switchboard-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("contract.lock.json");
        let (text, more, other) = (
            contract(&json!({ "type": "string" })),
            contract(&json!({ "type": ["string", "null"] })),
            contract(&json!({ "type": "number" })),
        );

        let missing = text.keep_lock(&path, "").unwrap_err();
        assert!(missing.contains("is not what the contract says today"), "{missing}");
        assert_eq!(text.keep_lock(&path, "1"), Ok(()));
        assert_eq!(text.keep_lock(&path, ""), Ok(()));
        // The file is the same with the line endings of another system.
        fs::write(&path, text.lock().as_str().replace('\n', "\r\n")).unwrap();
        assert_eq!(text.keep_lock(&path, ""), Ok(()));

        // A compatible change: the file is out of date and may be written.
        let outdated = more.keep_lock(&path, "").unwrap_err();
        assert!(outdated.contains("is not what the contract says today"), "{outdated}");
        assert_eq!(more.keep_lock(&path, "1"), Ok(()));

        // A breaking change is written only on request.
        for update in ["", "1"] {
            let breaking = other.keep_lock(&path, update).unwrap_err();
            assert!(
                breaking.contains("breaking    /, it, argument 1 (a): a string is not accepted any more"),
                "{breaking}"
            );
        }
        assert_eq!(other.keep_lock(&path, "breaking"), Ok(()));

        fs::write(&path, "{ \"format\": 2 }").unwrap();
        assert!(other.keep_lock(&path, "1").unwrap_err().contains("format Some(2)"));
        assert_eq!(other.keep_lock(&path, "breaking"), Ok(()));
        fs::remove_dir_all(&folder).unwrap();
    }
}
