//! The contract between a server and its clients, as one value: every namespace, event and type.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::definitions::Definitions;
use super::{ArgumentSchema, EventSchema, NamespaceSchema, Schemas, deep, walk};
use crate::Namespace;
use crate::contract::schema::{Direction, UNKNOWN};

/// The contract of a server: its namespaces with their events, and the types that these mention.
///
/// [`Server::contract`](crate::Server::contract) returns it, and the documents of this module are made from it.
/// Namespaces are sorted by path, and events and types by name, so that a new order in the program does not show as a
/// change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    #[serde(skip)]
    pub(super) title: String,
    #[serde(skip)]
    pub(super) version: String,
    pub(super) namespaces: Vec<NamespaceContract>,
    /// The schemas of the types, by name. A type that is sent and received in different forms has two schemas.
    pub(super) types: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NamespaceContract {
    /// The declared path with parameters in braces; empty if the program decides on the paths.
    pub(super) path: String,
    /// The regular expression of the paths, or the name of the namespace's type: distinguishes namespaces without a
    /// path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) paths: Option<Paths>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) params: Vec<Param>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) documentation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) auth: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<Value>,
    pub(super) incoming: Vec<EventContract>,
    pub(super) outgoing: Vec<EventContract>,
}

/// The paths of a namespace that declares none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Paths {
    /// Paths that a regular expression matches.
    Matching { regex: String, namespace: String },
    /// Paths that a function accepts.
    Allowed { namespace: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) schema: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EventContract {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) documentation: String,
    pub(super) arguments: Vec<Argument>,
    /// The values of the acknowledgement. Without values, it only confirms that the event arrived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ack: Vec<Value>,
    /// The value of `{ "error": .. }`, if the handler can fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Argument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) optional: bool,
    /// Stands for any number of arguments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) rest: bool,
    pub(super) schema: Value,
}

impl Argument {
    /// Returns `true` if the client may leave the argument out.
    pub(super) fn may_be_missing(&self) -> bool {
        self.optional || self.rest
    }
}

impl EventContract {
    /// Returns the single arguments, and the rest argument that stands for all others.
    pub(super) fn single_and_rest(&self) -> (&[Argument], Option<&Argument>) {
        match self.arguments.split_last() {
            Some((rest, single)) if rest.rest => (single, Some(rest)),
            _ => (&self.arguments, None),
        }
    }
}

/// A namespace of a server, which is described on demand.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    path: &'static str,
    paths: Option<Paths>,
    describe: fn(&mut Schemas) -> NamespaceSchema,
}

impl Declaration {
    /// Declares a namespace with a path.
    pub(crate) fn of<N: Namespace>() -> Self {
        Self { path: N::PATH, paths: None, describe: N::schema }
    }

    /// Declares a namespace whose paths match a regular expression.
    #[cfg(feature = "regex")]
    pub(crate) fn matching<N: Namespace>(regex: &str) -> Self {
        let paths = Paths::Matching { regex: regex.to_owned(), namespace: short_name::<N>() };
        Self { paths: Some(paths), ..Self::of::<N>() }
    }

    /// Declares a namespace whose paths a function accepts.
    pub(crate) fn allowed<N: Namespace>() -> Self {
        Self { paths: Some(Paths::Allowed { namespace: short_name::<N>() }), ..Self::of::<N>() }
    }
}

/// Returns `true` if a part of the schema has no description.
fn has_unknown(schema: &Value) -> bool {
    let mut found = false;
    walk::each(schema, &mut |schema| found |= schema.get(UNKNOWN).is_some());
    found
}

/// Returns the name of a type without its module.
fn short_name<T>() -> String {
    let name = type_name::<T>();
    let end = name.find('<').unwrap_or(name.len());
    name[..end].rsplit("::").next().unwrap_or(name).to_owned()
}

impl Contract {
    /// Returns the contract of one namespace. For a whole server, use [`Server::contract`](crate::Server::contract).
    ///
    /// ```
    /// use switchboard::{prelude::*, schema::Contract};
    ///
    /// struct Greeter;
    ///
    /// #[namespace("/")]
    /// impl Greeter {
    ///     #[on("greet")]
    ///     fn greet(&self, name: String) -> String {
    ///         format!("Hello, {name}!")
    ///     }
    /// }
    ///
    /// let typescript = Contract::of::<Greeter>().typescript().to_string();
    /// assert!(typescript.contains("greet: (name: string, ack: (answer: string | Failure) => void) => void;"));
    /// ```
    pub fn of<N: Namespace>() -> Self {
        Self::declared(&[Declaration::of::<N>()])
    }

    pub(crate) fn declared(declarations: &[Declaration]) -> Self {
        deep::run(|| Self::describe(declarations))
    }

    fn describe(declarations: &[Declaration]) -> Self {
        let mut declarations: Vec<_> = declarations.iter().collect();
        let label = |declaration: &&Declaration| {
            declaration.paths.as_ref().map(|paths| {
                let (namespace, regex) = paths.label();
                (namespace.to_owned(), regex.to_owned())
            })
        };
        declarations.sort_by_key(|declaration| (declaration.path.is_empty(), declaration.path, label(declaration)));
        let mut schemas = Schemas::new();
        let described: Vec<_> = declarations
            .into_iter()
            .map(|declaration| ((declaration.describe)(&mut schemas), declaration.paths.clone()))
            .collect();
        let definitions = Definitions::merge(&schemas.types(Direction::Incoming), &schemas.types(Direction::Outgoing));
        let namespaces =
            described.into_iter().map(|(schema, paths)| NamespaceContract::new(schema, paths, &definitions)).collect();
        let types = definitions.into_types();
        Self { title: "Socket.IO server".to_owned(), version: "0.0.0".to_owned(), namespaces, types }.reachable()
    }

    /// Sets the name of the server in documents. Default: `Socket.IO server`.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the version in documents, for example `env!("CARGO_PKG_VERSION")`. Default: `0.0.0`.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Returns the places of values without a description. Exports allow any value there: `unknown` in TypeScript.
    ///
    /// A type has a description if it implements [`JsonSchema`](super::JsonSchema), which `#[event]` and `#[payload]`
    /// derive. A test can require that there are no such places: `assert_eq!(contract.unknowns(), [])`.
    pub fn unknowns(&self) -> Vec<Unknown> {
        let mut unknowns = Vec::new();
        let mut note = |place: &str, schema: &Value| {
            walk::each(schema, &mut |schema| {
                if let Some(name) = schema.get(UNKNOWN) {
                    let type_name = name.as_str().unwrap_or_default().to_owned();
                    unknowns.push(Unknown { place: place.to_owned(), type_name });
                }
            });
        };
        for namespace in &self.namespaces {
            namespace.each_schema(&mut |_, place, schema| note(place, schema));
        }
        for (name, schema) in &self.types {
            note(name, schema);
        }
        unknowns
    }

    /// Returns the directions in which each type is sent.
    pub(super) fn directions(&self) -> BTreeMap<&str, BTreeSet<Way>> {
        let mut found: BTreeMap<&str, BTreeSet<Way>> = BTreeMap::new();
        let mut open: Vec<(Way, &Value)> = Vec::new();
        for namespace in &self.namespaces {
            namespace.each_schema(&mut |direction, _, schema| open.push((direction.into(), schema)));
        }
        while let Some((way, schema)) = open.pop() {
            walk::each(schema, &mut |schema| {
                let Some((name, target)) = walk::reference(schema).and_then(|name| self.types.get_key_value(name))
                else {
                    return;
                };
                if found.entry(name).or_default().insert(way) {
                    open.push((way, target));
                }
            });
        }
        found
    }

    /// Removes the types that are not used.
    pub(super) fn reachable(mut self) -> Self {
        let used: BTreeSet<String> = self.directions().into_keys().map(str::to_owned).collect();
        self.types.retain(|name, _| used.contains(name));
        self
    }
}

/// A [`Direction`] with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    In,
    Out,
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Incoming => Self::In,
            Direction::Outgoing => Self::Out,
        }
    }
}

/// A value that a contract cannot describe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// The event's argument, or the type, that contains the value.
    pub place: String,
    /// The Rust type without a schema.
    pub type_name: String,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: `{}` is not described", self.place, self.type_name)
    }
}

impl Paths {
    /// Returns the parts that distinguish namespaces without a path.
    pub(super) fn label(&self) -> (&str, &str) {
        match self {
            Self::Matching { regex, namespace } => (namespace, regex),
            Self::Allowed { namespace } => (namespace, ""),
        }
    }
}

impl NamespaceContract {
    fn new(schema: NamespaceSchema, paths: Option<Paths>, definitions: &Definitions) -> Self {
        let take = |direction, schema: super::Schema| definitions.take(direction, schema);
        let events = |direction, events: Vec<EventSchema>| {
            let mut events: Vec<_> =
                events.into_iter().map(|event| EventContract::new(event, direction, definitions)).collect();
            events.sort_by(|a, b| a.name.cmp(&b.name));
            events
        };
        let params = schema.params.into_iter();
        Self {
            path: schema.path.to_owned(),
            paths,
            params: params
                .map(|param| Param { name: param.name.to_owned(), schema: take(Direction::Incoming, param.schema) })
                .collect(),
            documentation: schema.documentation.to_owned(),
            auth: schema.auth.map(|auth| take(Direction::Incoming, auth)),
            // Most sessions are private to the server and need no description.
            session: schema
                .session
                .map(|session| take(Direction::Outgoing, session))
                .filter(|session| !has_unknown(session)),
            incoming: events(Direction::Incoming, schema.incoming),
            outgoing: events(Direction::Outgoing, schema.outgoing),
        }
    }

    /// Returns the name of the namespace in reports and documents.
    pub(super) fn label(&self) -> String {
        match &self.paths {
            None => self.path.clone(),
            Some(Paths::Matching { regex, .. }) => format!("/{regex}/"),
            Some(Paths::Allowed { namespace }) => format!("{namespace} (paths by a function)"),
        }
    }

    /// Calls `visit` with every schema, the direction of its values, and its place.
    pub(super) fn each_schema<'a>(&'a self, visit: &mut impl FnMut(Direction, &str, &'a Value)) {
        let label = self.label();
        for param in &self.params {
            visit(Direction::Incoming, &format!("{label}: parameter {}", param.name), &param.schema);
        }
        if let Some(auth) = &self.auth {
            visit(Direction::Incoming, &format!("{label}: auth"), auth);
        }
        if let Some(session) = &self.session {
            visit(Direction::Outgoing, &format!("{label}: session"), session);
        }
        for (direction, events) in [(Direction::Incoming, &self.incoming), (Direction::Outgoing, &self.outgoing)] {
            for event in events {
                event.each_schema(direction, &format!("{label}: {}", event.name), visit);
            }
        }
    }
}

impl EventContract {
    fn new(event: EventSchema, direction: Direction, definitions: &Definitions) -> Self {
        let back = direction.back();
        Self {
            name: event.name.to_owned(),
            documentation: event.documentation.to_owned(),
            arguments: event
                .arguments
                .into_iter()
                .map(|ArgumentSchema { name, optional, rest, schema }| Argument {
                    name: name.map(str::to_owned),
                    optional,
                    rest,
                    schema: definitions.take(direction, schema),
                })
                .collect(),
            ack: event.ack.into_iter().map(|value| definitions.take(back, value)).collect(),
            error: event.error.map(|error| definitions.take(back, error)),
        }
    }

    pub(super) fn each_schema<'a>(
        &'a self,
        direction: Direction,
        place: &str,
        visit: &mut impl FnMut(Direction, &str, &'a Value),
    ) {
        for (index, argument) in self.arguments.iter().enumerate() {
            visit(direction, &format!("{place}, argument {}", index + 1), &argument.schema);
        }
        for ack in &self.ack {
            visit(direction.back(), &format!("{place}, acknowledgement"), ack);
        }
        if let Some(error) = &self.error {
            visit(direction.back(), &format!("{place}, error"), error);
        }
    }
}
