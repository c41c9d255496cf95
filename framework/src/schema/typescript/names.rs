//! Unique names of types and namespaces in TypeScript.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Contract;
use super::super::contract::{NamespaceContract, Paths};
use super::super::identifier::{camel_case, capitalized, free, identifier, is_part};
use super::super::walk;

/// The names of a namespace's declarations, without their prefix.
const DECLARED: [&str; 6] = ["Auth", "ClientToServerEvents", "Path", "ServerToClientEvents", "Session", "Socket"];

pub(crate) struct Names<'a> {
    prefixes: Vec<String>,
    types: BTreeMap<&'a str, String>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(contract: &'a Contract) -> Self {
        let mut taken = super::reserved();
        let mut types = BTreeMap::new();
        let mut prefixes = Vec::new();
        let mut known = BTreeSet::new();
        for namespace in &contract.namespaces {
            let prefix = free(&prefix(namespace), &mut known);
            for (name, schema) in [("Auth", &namespace.auth), ("Session", &namespace.session)] {
                // If a type has the name that its alias would have, it keeps the name, and there is no alias.
                let alias = format!("{prefix}{name}");
                if let Some(name) = schema.as_ref().and_then(walk::reference).filter(|name| *name == alias) {
                    types.insert(name, alias);
                }
            }
            taken.extend(DECLARED.map(|name| format!("{prefix}{name}")));
            prefixes.push(prefix);
        }
        // Types that keep their declared names come first.
        let mut names: Vec<&str> = contract.types.keys().map(String::as_str).collect();
        names.retain(|name| !types.contains_key(name));
        names.sort_by_key(|name| camel_case(name) != *name || taken.contains(*name));
        for name in names {
            types.insert(name, free(&camel_case(name), &mut taken));
        }
        Self { prefixes, types }
    }

    /// Returns the prefix of the namespace at this index.
    pub(super) fn prefix(&self, index: usize) -> &str {
        self.prefixes.get(index).map_or("", String::as_str)
    }

    /// Returns `true` if a type has this name in TypeScript.
    pub(crate) fn is_type(&self, name: &str) -> bool {
        self.types.values().any(|known| known == name)
    }

    /// Returns the name of a type in TypeScript.
    pub(crate) fn of(&self, name: &str) -> &str {
        self.types.get(name).map_or("unknown", String::as_str)
    }
}

/// Returns the prefix of a namespace: `TenantId` for `/tenant-{id}`.
fn prefix(namespace: &NamespaceContract) -> String {
    let text = match &namespace.paths {
        Some(Paths::Matching { namespace, .. } | Paths::Allowed { namespace }) => namespace,
        None => &namespace.path,
    };
    let words = text.split(|c| !is_part(c) || c == '_');
    match words.map(capitalized).collect::<String>() {
        // Only the prefix of `/` is empty.
        prefix if prefix.is_empty() && text == "/" => prefix,
        prefix => identifier(&prefix),
    }
}
