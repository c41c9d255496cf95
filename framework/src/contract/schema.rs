//! The contract as data: names, and arguments and acknowledgements as JSON Schema.

mod described;
mod never;
mod origin;
mod own_keywords;
mod read_names;
mod reference;
mod values;

pub(crate) use described::Described;
pub(crate) use never::is_never;
pub(crate) use origin::{Definition, Origin};
pub(crate) use read_names::NO_CONTENT;
pub use read_names::{ALIASES, OTHER_TAGS, TAG_ALIASES, VariantKeywords};
pub(crate) use reference::{DEFINITIONS, target};
pub use schemars::{JsonSchema, Schema};
use schemars::{SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value};
pub(crate) use values::written_as;

/// The keyword of a schema for a type of which only the name is known: `{ "x-unknown": "geo::Point" }`.
///
/// It marks a type that does not implement [`JsonSchema`], or whose form `#[serde(with = "..")]` decides. A value that
/// may be anything by design ([`RawJson`](crate::RawJson)) has a schema without rules instead.
pub const UNKNOWN: &str = "x-unknown";

/// The format of binary data, as in AsyncAPI: `{ "type": "string", "format": "binary" }`.
///
/// Binary data is sent as a separate attachment, and is a `Buffer` or an `ArrayBuffer` in a JavaScript client. It is
/// never a JSON string, but JSON Schema has no other type for it.
pub const BINARY_FORMAT: &str = "binary";

/// The direction of a payload. The schemas of the two directions differ: the server may always send a value that a
/// client may leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server, which deserializes it.
    Incoming,
    /// From the server, which serialized it, to the client.
    Outgoing,
}

impl Direction {
    /// Returns the direction of the acknowledgement.
    pub fn back(self) -> Self {
        match self {
            Self::Incoming => Self::Outgoing,
            Self::Outgoing => Self::Incoming,
        }
    }
}

/// Collects the types that namespaces use, once for each direction.
///
/// The schemas follow draft 7 of JSON Schema, and refer to definitions as `#/components/schemas/Name`.
#[derive(Clone, Debug)]
pub struct Schemas {
    incoming: SchemaGenerator,
    outgoing: SchemaGenerator,
}

impl Schemas {
    /// Creates an empty collection.
    pub fn new() -> Self {
        // Draft 7 is the default of AsyncAPI, which keeps schemas in `components/schemas`.
        let settings = SchemaSettings::draft07().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            // First, because one of the other transforms moves the keywords beside a reference.
            settings.transforms.insert(0, Box::new(own_keywords::RemoveOwnKeywords));
            settings.transforms.push(Box::new(never::ReplaceEmptyUnions));
        });
        Self {
            incoming: settings.clone().for_deserialize().into_generator(),
            outgoing: settings.for_serialize().into_generator(),
        }
    }

    /// Returns the schema of `T`: a reference to a definition if the type has a name.
    pub fn describe<T: JsonSchema + ?Sized>(&mut self, direction: Direction) -> Schema {
        self.describe_type(Described::of::<T>(), direction)
    }

    pub(crate) fn describe_type(&mut self, described: Described, direction: Direction) -> Schema {
        let generator = self.generator(direction);
        let schema = described.subschema(generator);
        finished(generator, schema)
    }

    pub(crate) fn describe_optional(&mut self, described: Described, direction: Direction) -> Schema {
        let generator = self.generator(direction);
        let schema = described.optional(generator);
        finished(generator, schema)
    }

    fn generator(&mut self, direction: Direction) -> &mut SchemaGenerator {
        match direction {
            Direction::Incoming => &mut self.incoming,
            Direction::Outgoing => &mut self.outgoing,
        }
    }

    /// Returns the definitions that [`describe`](Self::describe) has referred to so far, by name.
    pub fn definitions(&self, direction: Direction) -> Map<String, Value> {
        let generator = match direction {
            Direction::Incoming => &self.incoming,
            Direction::Outgoing => &self.outgoing,
        };
        // The definitions are taken from a copy, because taking them resets the generator's list of known types.
        generator.clone().take_definitions(true)
    }

    /// Returns the [`definitions`](Self::definitions) with the Rust types that they describe.
    pub(crate) fn types(&self, direction: Direction) -> Vec<Definition> {
        let raw = match direction {
            Direction::Incoming => self.incoming.definitions(),
            Direction::Outgoing => self.outgoing.definitions(),
        };
        let definitions = self.definitions(direction).into_iter();
        definitions
            .map(|(name, schema)| {
                let origin = raw.get(&name).and_then(|raw| Origin::of(&name, raw));
                Definition { name, origin, schema }
            })
            .collect()
    }
}

/// Converts a schema to draft 7. The generator converts definitions itself.
fn finished(generator: &mut SchemaGenerator, mut schema: Schema) -> Schema {
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema
}

impl Default for Schemas {
    fn default() -> Self {
        Self::new()
    }
}

/// The events that one namespace receives and sends.
#[derive(Clone, Debug, PartialEq)]
pub struct NamespaceSchema {
    /// The path that clients connect to, with its parameters in braces; empty for a dynamic namespace, whose paths the
    /// server configures.
    pub path: &'static str,
    /// The path's parameters, in order.
    pub params: Vec<ParamSchema>,
    /// The `auth` that clients have to send: the `T` of each [`Auth<T>`](crate::Auth) that a guard or `#[on_connect]`
    /// takes, combined by `allOf` if there are several.
    ///
    /// Custom extractors and handlers that read `auth` are not included.
    pub auth: Option<Schema>,
    /// The data that the server keeps for each socket; `None` for `()`.
    pub session: Option<Schema>,
    /// The doc comment of the annotated impl block.
    pub documentation: &'static str,
    /// The events that have a handler, in the order of the handlers.
    pub incoming: Vec<EventSchema>,
    /// The events in `emits(..)`, in the order of that list.
    pub outgoing: Vec<EventSchema>,
}

impl NamespaceSchema {
    /// Returns a namespace without events.
    pub fn new(path: &'static str) -> Self {
        Self {
            path,
            params: Vec::new(),
            auth: None,
            session: None,
            documentation: "",
            incoming: Vec::new(),
            outgoing: Vec::new(),
        }
    }

    /// Adds the schema of one reader of `auth`. The value that clients send has to fit all of them.
    pub(crate) fn reads_auth(&mut self, schema: Schema) {
        const ALL: &str = "allOf";
        match &mut self.auth {
            None => self.auth = Some(schema),
            Some(auth) if *auth == schema => {}
            Some(auth) => {
                let mut all = match auth.get_mut(ALL) {
                    Some(Value::Array(all)) => std::mem::take(all),
                    _ => vec![std::mem::take(auth).to_value()],
                };
                let schema = schema.to_value();
                if !all.contains(&schema) {
                    all.push(schema);
                }
                *auth = json_schema!({ "allOf": all });
            }
        }
    }
}

/// One parameter of a namespace's path.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSchema {
    /// The name of the parameter.
    pub name: &'static str,
    /// The schema of the value. The path contains its text.
    pub schema: Schema,
}

/// One event of a namespace.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSchema {
    /// The event's name on the wire.
    pub name: &'static str,
    /// The doc comment of the event's handler, or of its type.
    pub documentation: &'static str,
    /// The event's arguments, in order.
    pub arguments: Vec<ArgumentSchema>,
    /// The values of the acknowledgement, in order; empty for an acknowledgement without a value.
    pub ack: Vec<Schema>,
    /// The schema of the error in `{ "error": .. }`, if the handler can fail.
    pub error: Option<Schema>,
}

impl EventSchema {
    /// Returns an event without arguments, acknowledged with one value of any type.
    pub fn new(name: &'static str) -> Self {
        Self { name, documentation: "", arguments: Vec::new(), ack: vec![Schema::default()], error: None }
    }

    /// Returns an event of which only the name is known, with one argument of any type.
    pub fn unknown(name: &'static str) -> Self {
        Self { arguments: vec![ArgumentSchema::unnamed(Schema::default())], ..Self::new(name) }
    }
}

/// One argument of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentSchema {
    /// The parameter's name, if it has one.
    pub name: Option<&'static str>,
    /// `true` if the client may leave the argument out.
    pub optional: bool,
    /// `true` if it stands for any number of arguments, as a handler's [`Rest`](crate::Rest) does. Only the last
    /// argument can.
    pub rest: bool,
    /// The schema of the argument, or of each argument of a rest; a schema without rules if the type is not known.
    pub schema: Schema,
}

impl ArgumentSchema {
    /// Returns a required argument without a name.
    fn unnamed(schema: Schema) -> Self {
        Self { name: None, optional: false, rest: false, schema }
    }
}
