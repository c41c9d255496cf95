//! What a server and its clients agreed on, as one value: every namespace, every event, every type.

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
/// It comes from [`Server::contract`](crate::Server::contract), and everything in this module is made from it. Namespaces
/// are ordered by path, events and types by name, whatever their order in the program is: a change shows as what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    #[serde(skip)]
    pub(super) title: String,
    #[serde(skip)]
    pub(super) version: String,
    pub(super) namespaces: Vec<NamespaceContract>,
    /// Their schemas, by name. What is sent and what is received may differ: there are two then.
    pub(super) types: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NamespaceContract {
    /// As it is declared, with parameters in braces; empty where the program decides on the paths.
    pub(super) path: String,
    /// The regular expression of its paths, or the name of its type: what tells those without a path apart.
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

/// Which paths a namespace has that declares none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Paths {
    /// Those that a regular expression matches.
    Matching { regex: String, namespace: String },
    /// Those that a function allows.
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
    /// The values that an acknowledgement carries; without one, it has nothing to say but that the event arrived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ack: Vec<Value>,
    /// What `{ "error": .. }` carries where the handler can fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Argument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) optional: bool,
    /// It stands for any number of arguments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) rest: bool,
    pub(super) schema: Value,
}

impl Argument {
    /// `true` if the client may leave it out.
    pub(super) fn may_be_missing(&self) -> bool {
        self.optional || self.rest
    }
}

impl EventContract {
    /// The arguments that stand for one each, and the one that stands for all others.
    pub(super) fn single_and_rest(&self) -> (&[Argument], Option<&Argument>) {
        match self.arguments.split_last() {
            Some((rest, single)) if rest.rest => (single, Some(rest)),
            _ => (&self.arguments, None),
        }
    }
}

/// A namespace that a server was given, to be described when somebody asks.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    path: &'static str,
    paths: Option<Paths>,
    describe: fn(&mut Schemas) -> NamespaceSchema,
}

impl Declaration {
    /// One that declares its path.
    pub(crate) fn of<N: Namespace>() -> Self {
        Self { path: N::PATH, paths: None, describe: N::schema }
    }

    /// One whose paths a regular expression tells.
    #[cfg(feature = "regex")]
    pub(crate) fn matching<N: Namespace>(regex: &str) -> Self {
        let paths = Paths::Matching { regex: regex.to_owned(), namespace: short_name::<N>() };
        Self { paths: Some(paths), ..Self::of::<N>() }
    }

    /// One whose paths a function allows.
    pub(crate) fn allowed<N: Namespace>() -> Self {
        Self { paths: Some(Paths::Allowed { namespace: short_name::<N>() }), ..Self::of::<N>() }
    }
}

/// Whether a part of it cannot be described.
fn has_unknown(schema: &Value) -> bool {
    let mut found = false;
    walk::each(schema, &mut |schema| found |= schema.get(UNKNOWN).is_some());
    found
}

/// The name of a type without its module.
fn short_name<T>() -> String {
    let name = type_name::<T>();
    let end = name.find('<').unwrap_or(name.len());
    name[..end].rsplit("::").next().unwrap_or(name).to_owned()
}

impl Contract {
    /// The contract of one namespace. That of a whole server is [`Server::contract`](crate::Server::contract).
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

    /// What documents call the server (`Socket.IO server`).
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The version that documents bear (`0.0.0`): `env!("CARGO_PKG_VERSION")`, say.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Where something stands that cannot be described, and its type: each is `unknown` to TypeScript, and any value to
    /// the other exports.
    ///
    /// A type is described when it has [`JsonSchema`](super::JsonSchema): `#[event]` and `#[payload]` derive it. Where
    /// nothing should be unknown, a test says so: `assert_eq!(contract.unknowns(), [])`.
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

    /// The ways that each type travels.
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

    /// Without the types that nothing mentions.
    pub(super) fn reachable(mut self) -> Self {
        let used: BTreeSet<String> = self.directions().into_keys().map(str::to_owned).collect();
        self.types.retain(|name, _| used.contains(name));
        self
    }
}

/// A [`Direction`] that can be ordered.
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

/// Something that a contract cannot describe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// The event's argument, or the type, of which it is a part.
    pub place: String,
    /// The Rust type that has no schema.
    pub type_name: String,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: `{}` is not described", self.place, self.type_name)
    }
}

impl Paths {
    /// What distinguishes namespaces without a path.
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
            // Most sessions are the server's own business, and no loss here.
            session: schema
                .session
                .map(|session| take(Direction::Outgoing, session))
                .filter(|session| !has_unknown(session)),
            incoming: events(Direction::Incoming, schema.incoming),
            outgoing: events(Direction::Outgoing, schema.outgoing),
        }
    }

    /// What reports and documents call it.
    pub(super) fn label(&self) -> String {
        match &self.paths {
            None => self.path.clone(),
            Some(Paths::Matching { regex, .. }) => format!("/{regex}/"),
            Some(Paths::Allowed { namespace }) => format!("{namespace} (paths by a function)"),
        }
    }

    /// Calls `visit` with every schema, the way that its value travels, and its place.
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
