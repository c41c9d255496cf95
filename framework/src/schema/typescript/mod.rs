//! A contract as TypeScript: event maps for `socket.io-client`, and the types that they mention.

mod circles;
mod events;
mod names;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeSet;
use std::fmt::Write;

use super::contract::{NamespaceContract, Way};
use super::identifier::is_part;
use super::precision::{NOTE, loses_digits};
use super::{Contract, Document};
pub(super) use names::Names;
pub(super) use types::{Part, Types, path_parts};

/// The type of failures. The symbol keeps it apart from answers that have a field `error` too.
const FAILURE: &str = r#"
declare const failure: unique symbol;

/**
 * The answer to an event that failed: the handler's error, or the server's. `error` is its only key, which no other answer
 * has as its only key. The symbol exists in this type only.
 */
export interface Failure<E = never> {
  error: E | { message: string };
  readonly [failure]: unknown;
}

/** The answer to an event that did not fail. */
export type Success<Answer> = Exclude<Answer, Failure<unknown>>;
"#;

/// How binary data looks, by direction.
pub(super) const BINARY: [(&str, &str); 2] = [
    (
        "Binary",
        "
/** Binary data as `socket.io-client` receives it: an `ArrayBuffer` in a browser, a `Buffer` in Node.js. */
export type Binary = ArrayBuffer | Uint8Array;
",
    ),
    (
        "BinaryInput",
        "
/** Binary data as `socket.io-client` sends it; `Blob` and `File` are among it where there are such. */
export type BinaryInput =
  | ArrayBuffer
  | ArrayBufferView
  | (typeof globalThis extends { Blob: { prototype: infer Blob } } ? Blob : never);
",
    ),
];

impl Contract {
    /// TypeScript for the server's clients, in one file that needs nothing but `socket.io-client`.
    ///
    /// A namespace `/chat` is `ChatSocket`, which is a `Socket<ChatServerToClientEvents, ChatClientToServerEvents>`;
    /// beside these there are `ChatPath`, `ChatAuth` if it reads `auth`, and `ChatSession` if it has a session. The prefix
    /// is the path; of `/`, there is none.
    ///
    /// - An event with an answer, or with a handler that can fail, has an acknowledgement, which is the value or a
    ///   `Failure`. It is required, as `emitWithAck` of `socket.io-client` can only tell types of those that are.
    /// - An acknowledgement for the server is optional: the server decides whenever it sends an event.
    /// - Doc comments become JSDoc. An integer that may be too large for JavaScript's numbers has a note there.
    /// - What cannot be described is `unknown`, with the type's name beside it; [`unknowns`](Self::unknowns) lists it.
    pub fn typescript(&self) -> Document {
        let names = Names::new(self);
        let types = Types::new(self, &names);
        let mut body = String::new();
        for (index, namespace) in self.namespaces.iter().enumerate() {
            namespace_types(&mut body, namespace, names.prefix(index), &types);
        }
        for (name, schema) in &self.types {
            body.push_str(&types.declaration(name, schema));
        }
        let mut text = String::from("// Made by switchboard from the server's contract. Changes here are lost.\n");
        if !self.namespaces.is_empty() {
            text.push_str("\nimport type * as client from \"socket.io-client\";\n");
        }
        text.push_str(&body);
        for (name, declaration) in BINARY.into_iter().chain([("Failure", FAILURE)]) {
            if mentions(&body, name) {
                text.push_str(declaration);
            }
        }
        Document(text)
    }
}

/// Whether a name stands in TypeScript as a word of its own.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    let part = |c| is_part(c) || c == '$';
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

fn namespace_types(text: &mut String, namespace: &NamespaceContract, prefix: &str, types: &Types<'_>) {
    let socket = format!("client.Socket<{prefix}ServerToClientEvents, {prefix}ClientToServerEvents>");
    let label = namespace.label();
    let documentation = match namespace.documentation.as_str() {
        "" => format!("The namespace `{label}`."),
        documentation => format!("The namespace `{label}`.\n\n{documentation}"),
    };
    let _ = write!(text, "\n{}export type {prefix}Socket = {socket};\n", comment(&documentation, ""));
    if namespace.paths.is_none() {
        let path = path(namespace, types);
        let _ = write!(text, "\nexport type {prefix}Path = {path};\n");
    }
    let auth = namespace.auth.as_ref().map(|auth| (Way::In, "Auth", "What a client sends as `auth`.", auth));
    let session = namespace
        .session
        .as_ref()
        .map(|session| (Way::Out, "Session", "What the server keeps for each socket.", session));
    for (way, name, documentation, schema) in auth.into_iter().chain(session) {
        let (name, value) = (format!("{prefix}{name}"), types.value(schema, way));
        // A type may have this very name.
        if name != value {
            let documentation = types::with_note(documentation, loses_digits(schema).then_some(NOTE));
            let _ = write!(text, "\n{}export type {name} = {value};\n", comment(&documentation, ""));
        }
    }
    for (way, name, what, events) in [
        (Way::In, "ClientToServerEvents", "What clients send", &namespace.incoming),
        (Way::Out, "ServerToClientEvents", "What the server sends", &namespace.outgoing),
    ] {
        let _ = write!(text, "\n/** {what}: namespace `{}`. */\nexport interface {prefix}{name} {{", inside(&label));
        for event in events {
            let _ = write!(
                text,
                "\n{}  {}: {};",
                comment(&types.event_documentation(event, way), "  "),
                types::key(&event.name),
                types.event(event, way)
            );
        }
        text.push_str(if events.is_empty() { "}\n" } else { "\n}\n" });
    }
}

/// The type of the paths that a namespace has.
fn path(namespace: &NamespaceContract, types: &Types<'_>) -> String {
    let parts = types::path_parts(namespace);
    if namespace.params.is_empty() {
        let text: String =
            parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "" }).collect();
        return types::literal(&text);
    }
    let mut path = String::from("`");
    for part in &parts {
        match part {
            Part::Text(text) => path.push_str(&text.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${")),
            Part::Param(param) => {
                path.push_str(match types.value(&param.schema, Way::In).as_str() {
                    "number" if loses_digits(&param.schema) => "${number | bigint}",
                    "number" => "${number}",
                    _ => "${string}",
                });
            }
        }
    }
    path.push('`');
    path
}

/// A doc comment, with a line end behind it; nothing, if there is nothing to say.
fn comment(text: &str, indent: &str) -> String {
    let text = inside(text.trim());
    match text.lines().count() {
        0 => String::new(),
        1 => format!("{indent}/** {text} */\n"),
        _ => {
            let lines: String =
                text.lines().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

/// A text that does not end the comment that it is in.
fn inside(text: &str) -> String {
    text.replace("*/", "*\\/")
}

/// The names that a file declares by itself.
fn reserved() -> BTreeSet<String> {
    const TYPESCRIPT: &str = "any as asserts async await bigint boolean break case catch class const constructor continue \
        debugger declare default delete do else enum export extends false finally for from function get if implements \
        import in infer instanceof interface is keyof let module namespace never new null number object of package \
        private protected public readonly require return set static string super switch symbol this throw true try type \
        typeof undefined unique unknown var void while with yield";
    const GLOBAL: &str = "Array ArrayBuffer ArrayBufferView Exclude Record Uint8Array globalThis";
    const OURS: &str = "Binary BinaryInput Failure Success client";
    [TYPESCRIPT, GLOBAL, OURS].iter().flat_map(|names| names.split_whitespace()).map(str::to_owned).collect()
}
