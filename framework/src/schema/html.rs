//! A contract as an HTML page: one file that contains its styles and its search.

use std::fmt::Write;

use super::contract::{Argument, EventContract, NamespaceContract, Way};
use super::identifier::is_part;
use super::typescript::{BINARY, Names, Types, mentions};
use super::{Contract, Document};

const STYLE: &str = include_str!("page.css");
/// The CSS class of an event's acknowledgement.
const BACK: &str = " class=\"back\"";
const SCRIPT: &str = include_str!("page.js");

impl Contract {
    /// Returns an HTML page about the contract, with types as in [`typescript`](Self::typescript). It is one file that
    /// needs no network, and has a search.
    pub fn html(&self) -> Document {
        let names = Names::new(self);
        let page = Page { types: &Types::new(self, &names), names: &names };
        let (mut links, mut body) = (String::new(), String::new());
        for (index, namespace) in self.namespaces.iter().enumerate() {
            page.namespace(index, namespace, &mut links, &mut body);
        }
        let mut types: Vec<(&str, String)> =
            self.types.iter().map(|(name, schema)| (names.of(name), page.types.declaration(name, schema))).collect();
        let all = types.iter().fold(body.clone(), |all, (_, declaration)| all + declaration);
        types.extend(
            BINARY.iter().filter(|(name, _)| mentions(&all, name)).map(|(name, text)| (*name, (*text).to_owned())),
        );
        if !types.is_empty() {
            links.push_str("<h2>Types</h2>\n<ul>\n");
            body.push_str("<section>\n<h2>Types</h2>\n");
            for (name, declaration) in &types {
                let _ = writeln!(links, "<li><a href=\"#type-{name}\">{name}</a></li>");
                let code = page.code(&declaration.trim().replacen("export ", "", 1), Some(name));
                let _ = write!(
                    body,
                    "<article id=\"type-{name}\">\n<h3><code>{name}</code></h3>\n<pre>{code}</pre>\n</article>\n"
                );
            }
            links.push_str("</ul>\n");
            body.push_str("</section>\n");
        }
        let (title, version) = (escaped(&self.title), escaped(&self.version));
        Document(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} {version}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<nav>\n<h1>{title} <small>{version}</small></h1>\n\
             <input type=\"search\" id=\"search\" placeholder=\"Search events and types\" aria-label=\"Search events and types\" autofocus>\n\
             {links}</nav>\n<main>\n{body}<p id=\"nothing\" hidden>Nothing has these words.</p>\n</main>\n\
             <script>\n{SCRIPT}</script>\n</body>\n</html>\n"
        ))
    }
}

struct Page<'a> {
    names: &'a Names<'a>,
    types: &'a Types<'a>,
}

impl Page<'_> {
    fn namespace(&self, index: usize, namespace: &NamespaceContract, links: &mut String, body: &mut String) {
        let label = escaped(&namespace.label());
        let _ = write!(links, "<h2><a href=\"#namespace-{index}\">{label}</a></h2>\n<ul>\n");
        let _ =
            write!(body, "<section>\n<h2 id=\"namespace-{index}\">{label}</h2>\n{}", prose(&namespace.documentation));
        let mut facts = Vec::new();
        for param in &namespace.params {
            facts.push((format!("path: {}", param.name), self.types.value(&param.schema, Way::In)));
        }
        facts.extend(namespace.auth.as_ref().map(|auth| ("auth".to_owned(), self.types.value(auth, Way::In))));
        facts.extend(namespace.session.as_ref().map(|it| ("session".to_owned(), self.types.value(it, Way::Out))));
        if !facts.is_empty() {
            body.push_str("<dl>\n");
            for (term, value) in facts {
                let _ = writeln!(body, "<dt>{}</dt><dd><code>{}</code></dd>", escaped(&term), self.code(&value, None));
            }
            body.push_str("</dl>\n");
        }
        for (way, class, title, events) in [
            (Way::In, "in", "Clients send", &namespace.incoming),
            (Way::Out, "out", "The server sends", &namespace.outgoing),
        ] {
            if events.is_empty() {
                continue;
            }
            let _ = writeln!(body, "<h3 class=\"{class}\">{title}</h3>");
            for (number, event) in events.iter().enumerate() {
                let id = format!("{class}-{index}-{number}");
                let name = escaped(&event.name);
                let _ = writeln!(links, "<li class=\"{class}\"><a href=\"#{id}\">{name}</a></li>");
                self.event(&id, way, event, body);
            }
        }
        links.push_str("</ul>\n");
        body.push_str("</section>\n");
    }

    fn event(&self, id: &str, way: Way, event: &EventContract, body: &mut String) {
        let name = escaped(&event.name);
        let mut facts = String::new();
        let mut fact = |class: &str, term: &str, note: &str, value: &str| {
            let note = if note.is_empty() { String::new() } else { format!(" <small>{note}</small>") };
            let (term, code) = (escaped(term), self.code(value, None));
            let _ = writeln!(facts, "<dt{class}>{term}{note}</dt><dd><code>{code}</code></dd>");
        };
        for ((term, value), argument) in self.types.parameters(event, way).iter().zip(&event.arguments) {
            let note = match argument {
                Argument { rest: true, .. } => "any number",
                Argument { optional: true, .. } if way == Way::In => "may be left out",
                _ => "",
            };
            fact("", term, note, value);
        }
        let back = if way == Way::In { Way::Out } else { Way::In };
        for (index, value) in event.ack.iter().enumerate() {
            let note = if event.ack.len() > 1 { (index + 1).to_string() } else { String::new() };
            fact(BACK, "answer", &note, &self.types.value(value, back));
        }
        if let Some(error) = &event.error {
            fact(BACK, "error", "", &self.types.value(error, back));
        }
        let unknown = if facts.contains("/* not described") { " <em>not described in full</em>" } else { "" };
        let facts = if facts.is_empty() { facts } else { format!("<dl>\n{facts}</dl>\n") };
        let _ = write!(
            body,
            "<article id=\"{id}\">\n<h4><code>{name}</code>{unknown}</h4>\n{}{facts}</article>\n",
            prose(&self.types.event_documentation(event, way))
        );
    }

    fn is_type(&self, name: &str) -> bool {
        self.names.is_type(name) || BINARY.iter().any(|(binary, _)| *binary == name)
    }

    /// Returns TypeScript with links to the types that it mentions, except to itself.
    fn code(&self, text: &str, itself: Option<&str>) -> String {
        let mut html = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            let (piece, kind) = match rest.chars().next() {
                Some('"') => (string(rest), Kind::String),
                Some('/') if rest.starts_with("/*") => {
                    (rest.find("*/").map_or(rest.len(), |end| end + 2), Kind::Comment)
                }
                _ if word > 0 => (word, Kind::Word),
                first => (first.map_or(1, char::len_utf8), Kind::Other),
            };
            let (piece, behind) = rest.split_at(piece);
            rest = behind;
            let escaped = escaped(piece);
            let _ = match kind {
                Kind::String => write!(html, "<b>{escaped}</b>"),
                Kind::Comment => write!(html, "<i>{escaped}</i>"),
                Kind::Word if self.is_type(piece) && itself != Some(piece) => {
                    write!(html, "<a href=\"#type-{escaped}\">{escaped}</a>")
                }
                Kind::Word | Kind::Other => write!(html, "{escaped}"),
            };
        }
        html
    }
}

enum Kind {
    String,
    Comment,
    Word,
    Other,
}

fn is_word(c: char) -> bool {
    is_part(c) || c == '$'
}

/// Returns the length of the string literal at the start of a text.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Returns doc comments as HTML, with paragraphs and inline code.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        html.push_str("<p>");
        for (index, part) in paragraph.split('`').enumerate() {
            let escaped = escaped(part);
            if index % 2 == 1 {
                let _ = write!(html, "<code>{escaped}</code>");
            } else {
                html.push_str(&escaped);
            }
        }
        html.push_str("</p>\n");
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
