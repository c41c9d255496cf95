//! What a contract says, as data: names, arguments and acknowledgements as JSON Schema.

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

/// The keyword of a schema that stands for a type of which no more is known than its name: `{ "x-unknown": "geo::Point" }`.
///
/// It is there where a type has no [`JsonSchema`], or where its form is in the hands of `#[serde(with = "..")]`.
/// A value that may be anything on purpose ([`RawJson`](crate::RawJson)) has a schema without any rule instead.
pub const UNKNOWN: &str = "x-unknown";

/// The format of binary data, as AsyncAPI has it: `{ "type": "string", "format": "binary" }`.
///
/// It travels as an attachment of its own, and is a `Buffer` or an `ArrayBuffer` to a JavaScript client. It is never a
/// JSON string: JSON Schema has no other word for it.
pub const BINARY_FORMAT: &str = "binary";

/// Which way a payload travels. What a client may leave out, a server may always send: the two differ in a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server, which deserializes it.
    Incoming,
    /// From the server to the client, which was serialized.
    Outgoing,
}

impl Direction {
    /// The way that an acknowledgement takes.
    pub fn back(self) -> Self {
        match self {
            Self::Incoming => Self::Outgoing,
            Self::Outgoing => Self::Incoming,
        }
    }
}

/// Collects the types that namespaces mention, once for each direction.
///
/// Schemas are of JSON Schema's draft 7, and refer to definitions as `#/components/schemas/Name`.
#[derive(Clone, Debug)]
pub struct Schemas {
    incoming: SchemaGenerator,
    outgoing: SchemaGenerator,
}

impl Schemas {
    /// An empty collection.
    pub fn new() -> Self {
        // Draft 7 is what AsyncAPI takes without being told, and `components/schemas` is where it keeps them.
        let settings = SchemaSettings::draft07().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            // Before the others: one of them moves what stands beside a reference.
            settings.transforms.insert(0, Box::new(own_keywords::RemoveOwnKeywords));
            settings.transforms.push(Box::new(never::ReplaceEmptyUnions));
        });
        Self {
            incoming: settings.clone().for_deserialize().into_generator(),
            outgoing: settings.for_serialize().into_generator(),
        }
    }

    /// The schema of `T`, a reference to a definition if it has a name.
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

    /// The definitions that [`describe`](Self::describe) referred to so far, by name.
    pub fn definitions(&self, direction: Direction) -> Map<String, Value> {
        let generator = match direction {
            Direction::Incoming => &self.incoming,
            Direction::Outgoing => &self.outgoing,
        };
        // Of a copy: taking them makes the generator forget which types it has met.
        generator.clone().take_definitions(true)
    }

    /// The [`definitions`](Self::definitions) with the types that they describe.
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

/// Makes a schema one of draft 7. To definitions, the generator does that itself.
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

/// What one namespace takes and sends.
#[derive(Clone, Debug, PartialEq)]
pub struct NamespaceSchema {
    /// The path that clients connect to, with its parameters in braces; empty for a dynamic namespace, whose paths the
    /// server is told.
    pub path: &'static str,
    /// The path's parameters, in order.
    pub params: Vec<ParamSchema>,
    /// What clients have to send as `auth`: the `T` of each [`Auth<T>`](crate::Auth) that a guard or `#[on_connect]` takes,
    /// an `allOf` if there are several.
    ///
    /// What an extractor of one's own reads of it is not seen, nor what handlers do.
    pub auth: Option<Schema>,
    /// What the server keeps for each socket; `None` for `()`.
    pub session: Option<Schema>,
    /// The doc comment of the annotated impl block.
    pub documentation: &'static str,
    /// The events that have a handler, in the order of the handlers.
    pub incoming: Vec<EventSchema>,
    /// The events in `emits(..)`, in that order.
    pub outgoing: Vec<EventSchema>,
}

impl NamespaceSchema {
    /// A namespace without events.
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

    /// Adds one reading of what clients send as `auth`: it has to fit all of them.
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
    /// Its name.
    pub name: &'static str,
    /// What it stands for; in the path, its text.
    pub schema: Schema,
}

/// One event of a namespace.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSchema {
    /// Its name on the wire.
    pub name: &'static str,
    /// The doc comment of its handler, or of its type.
    pub documentation: &'static str,
    /// Its arguments, in order.
    pub arguments: Vec<ArgumentSchema>,
    /// The values that it is acknowledged with, in order; empty for an acknowledgement without a value.
    pub ack: Vec<Schema>,
    /// What the acknowledgement carries as `{ "error": .. }`, where the handler can fail.
    pub error: Option<Schema>,
}

impl EventSchema {
    /// An event without arguments, acknowledged with one value of any type.
    pub fn new(name: &'static str) -> Self {
        Self { name, documentation: "", arguments: Vec::new(), ack: vec![Schema::default()], error: None }
    }

    /// An event of which no more is known than its name: one argument of any type.
    pub fn unknown(name: &'static str) -> Self {
        Self { arguments: vec![ArgumentSchema::unnamed(Schema::default())], ..Self::new(name) }
    }
}

/// One argument of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentSchema {
    /// The parameter's name, where it has one.
    pub name: Option<&'static str>,
    /// Whether the client may leave it out.
    pub optional: bool,
    /// Whether it stands for any number of arguments, as the [`Rest`](crate::Rest) of a handler does: the last one only.
    pub rest: bool,
    /// What it looks like, each of them; a schema without any rule where that is not known.
    pub schema: Schema,
}

impl ArgumentSchema {
    /// An argument that is always there.
    fn unnamed(schema: Schema) -> Self {
        Self { name: None, optional: false, rest: false, schema }
    }
}
