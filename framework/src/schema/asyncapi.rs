//! A contract as an AsyncAPI 3 document: <https://www.asyncapi.com/docs/reference/specification/v3.0.0>.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::contract::{Argument, EventContract, NamespaceContract, Paths};
use super::identifier::{ascii, free};
use super::typescript::{Part, path_parts};
use super::walk::{self, DEFINITIONS, sorted};
use super::{Contract, Direction, Document};

const DESCRIPTION: &str = "Events of Socket.IO, protocol 5. Each channel is a namespace, and each message an event: its \
    payload is the list of the event's arguments. A reply is the acknowledgement that the sender may ask for.";

impl Contract {
    /// Returns an AsyncAPI 3 document of the whole server, as JSON.
    ///
    /// A namespace is a channel, with its path as the address. Operations are named from the server's side: `receive`
    /// for the events of clients, `send` for those of the server. A message's payload is the list of the event's
    /// arguments, and the acknowledgement is the operation's reply. The channel's `x-auth` describes what clients send
    /// as `auth`, and `x-session` what the server keeps for each socket. A schema with `x-unknown` stands for a type
    /// without a description.
    pub fn asyncapi(&self) -> Document {
        let contract = self.in_ascii();
        let (mut channels, mut operations, mut ids) = (Map::new(), Map::new(), BTreeSet::new());
        for namespace in &contract.namespaces {
            let id = free(&channel_id(namespace), &mut ids);
            let mut messages = Map::new();
            for (direction, events) in
                [(Direction::Incoming, &namespace.incoming), (Direction::Outgoing, &namespace.outgoing)]
            {
                for event in events {
                    operate(&id, direction, event, &mut messages, &mut operations);
                }
            }
            channels.insert(id, channel(namespace, messages));
        }
        let document = json!({
            "asyncapi": "3.0.0",
            "info": { "title": self.title, "version": self.version, "description": DESCRIPTION },
            "defaultContentType": "application/json",
            "channels": channels,
            "operations": operations,
            "components": { "schemas": contract.types },
        });
        Document(format!("{:#}\n", sorted(document)))
    }

    /// Returns the contract with type names that AsyncAPI accepts.
    fn in_ascii(&self) -> Self {
        let mut contract = self.clone();
        contract.each_schema_mut(&mut |schema| {
            if let Some(name) = walk::reference(schema) {
                schema["$ref"] = format!("{DEFINITIONS}{}", ascii(name)).into();
            }
        });
        let types = std::mem::take(&mut contract.types).into_iter();
        contract.types = types.map(|(name, schema)| (ascii(&name).into_owned(), schema)).collect();
        contract
    }
}

fn channel(namespace: &NamespaceContract, messages: Map<String, Value>) -> Value {
    let mut channel = Map::new();
    let mut description = namespace.documentation.clone();
    let address = match &namespace.paths {
        None => address(namespace).into(),
        Some(paths) => {
            let which = match paths {
                Paths::Matching { regex, .. } => {
                    format!("Its paths are those that this regular expression matches: {regex}")
                }
                Paths::Allowed { .. } => "A function of the server says which paths it has.".to_owned(),
            };
            description = format!("{description}\n\n{which}").trim().to_owned();
            Value::Null
        }
    };
    channel.insert("address".to_owned(), address);
    channel.insert("messages".to_owned(), messages.into());
    if !description.is_empty() {
        channel.insert("description".to_owned(), description.into());
    }
    if namespace.paths.is_none() && !namespace.params.is_empty() {
        let params = namespace.params.iter().map(|param| (param.name.clone(), json!({ "x-schema": param.schema })));
        channel.insert("parameters".to_owned(), Value::Object(params.collect()));
    }
    for (key, schema) in [("x-auth", &namespace.auth), ("x-session", &namespace.session)] {
        if let Some(schema) = schema {
            channel.insert(key.to_owned(), schema.clone());
        }
    }
    Value::Object(channel)
}

/// Returns the path with its parameters in braces. Other braces are kept.
fn address(namespace: &NamespaceContract) -> String {
    path_parts(namespace)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text,
            Part::Param(param) => format!("{{{}}}", param.name),
        })
        .collect()
}

/// Adds an event's operation and its messages.
fn operate(
    channel: &str,
    direction: Direction,
    event: &EventContract,
    messages: &mut Map<String, Value>,
    operations: &mut Map<String, Value>,
) {
    let action = if direction == Direction::Incoming { "receive" } else { "send" };
    let mut ids: BTreeSet<String> = messages.keys().cloned().collect();
    let id = free(&format!("{action}.{}", id(&event.name)), &mut ids);
    let mut add = |id: &str, mut message: Map<String, Value>, documentation: &str| {
        if !documentation.is_empty() {
            message.insert("description".to_owned(), documentation.into());
        }
        messages.insert(id.to_owned(), message.into());
        json!({ "$ref": format!("#/channels/{channel}/messages/{id}") })
    };
    let message = add(&id, message(&event.name, arguments(event)), &event.documentation);
    let mut operation = json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "title": event.name,
        "messages": [message],
    });
    if let Some(acknowledgement) = acknowledgement(direction, event) {
        let reply = self::message(&format!("{} (acknowledgement)", event.name), acknowledgement);
        let reply = add(&format!("{id}.reply"), reply, "");
        operation["reply"] = json!({ "channel": { "$ref": format!("#/channels/{channel}") }, "messages": [reply] });
    }
    operations.insert(format!("{channel}.{id}"), operation);
}

fn message(name: &str, payload: Value) -> Map<String, Value> {
    let fields = [("name", name.into()), ("title", name.into()), ("payload", payload)];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Returns the schema of the list of an event's arguments.
fn arguments(event: &EventContract) -> Value {
    let titled = |argument: &Argument| match (&argument.name, &argument.schema) {
        // A reference cannot have siblings in draft 7.
        (Some(name), Value::Object(keywords)) if !keywords.contains_key("$ref") => {
            let mut keywords = keywords.clone();
            keywords.insert("title".to_owned(), name.as_str().into());
            Value::Object(keywords)
        }
        (Some(name), schema) => json!({ "title": name, "allOf": [schema] }),
        (None, schema) => schema.clone(),
    };
    let (single, rest) = event.single_and_rest();
    let optional = single.iter().rev().take_while(|argument| argument.optional).count();
    let items: Vec<Value> = single.iter().map(titled).collect();
    let Some(rest) = rest.map(titled) else { return list(&items, optional) };
    if items.is_empty() {
        json!({ "type": "array", "items": rest })
    } else {
        json!({ "type": "array", "items": items, "minItems": items.len() - optional, "additionalItems": rest })
    }
}

/// Returns the schema of a list of exactly these items, of which the last `optional` may be left out.
fn list(items: &[Value], optional: usize) -> Value {
    let (least, most) = (items.len() - optional, items.len());
    if items.is_empty() {
        json!({ "type": "array", "maxItems": 0 })
    } else {
        json!({ "type": "array", "items": items, "minItems": least, "maxItems": most })
    }
}

/// Returns the schema of an event's acknowledgement; `None` if it carries no values.
fn acknowledgement(direction: Direction, event: &EventContract) -> Option<Value> {
    if event.ack.is_empty() && event.error.is_none() {
        return None;
    }
    let success = list(&event.ack, 0);
    if direction == Direction::Outgoing {
        return Some(success);
    }
    let message = json!({
        "type": "object",
        "properties": { "message": { "type": "string" } },
        "required": ["message"],
    });
    let errors: Vec<Value> = event.error.iter().cloned().chain([message]).collect();
    let failure = json!({
        "type": "object",
        "properties": { "error": { "anyOf": errors } },
        "required": ["error"],
        "additionalProperties": false,
    });
    Some(json!({ "anyOf": [success, list(&[failure], 0)] }))
}

fn channel_id(namespace: &NamespaceContract) -> String {
    let text = match &namespace.paths {
        Some(Paths::Matching { namespace, .. } | Paths::Allowed { namespace }) => namespace,
        None => &namespace.path,
    };
    match id(text) {
        id if id.is_empty() => "main".to_owned(),
        id => id,
    }
}

/// Returns a text that can be part of a key and needs no escapes in a reference.
fn id(text: &str) -> String {
    let id: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    id.trim_matches('_').to_owned()
}
