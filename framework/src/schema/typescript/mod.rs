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

/// The type of failures. The symbol distinguishes it from answers that also have a field `error`.
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

/// The types of binary data, by direction.
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
    /// Returns TypeScript for the server's clients, in one file that imports only `socket.io-client`.
    ///
    /// A namespace `/chat` has the type `ChatSocket`, which is a
    /// `Socket<ChatServerToClientEvents, ChatClientToServerEvents>`. `ChatPath` is the type of its path. `ChatAuth`
    /// exists if the namespace reads `auth`, and `ChatSession` if it has a session. The prefix is made from the path;
    /// it is empty for `/`.
    ///
    /// - An event has an acknowledgement if it has an answer or its handler can fail. The acknowledgement carries the
    ///   value or a `Failure`. The parameter is required, because `emitWithAck` of `socket.io-client` infers types only
    ///   for required ones.
    /// - An acknowledgement to the server is optional, because the server decides for each event whether to request
    ///   one.
    /// - Doc comments become JSDoc, with a note on integers that may be too large for JavaScript's numbers.
    /// - A type without a description is `unknown`, with its Rust name in a comment. [`unknowns`](Self::unknowns) lists
    ///   these types.
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

/// Returns `true` if a name occurs in TypeScript as a whole word.
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
        // A type may have exactly this name.
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

/// Returns the type of a namespace's paths.
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

/// Returns a doc comment with a line end; nothing if the text is empty.
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

/// Returns a text that does not end the comment around it.
fn inside(text: &str) -> String {
    text.replace("*/", "*\\/")
}

/// Returns the names that a file declares itself.
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
