//! The format of the transcripts, which transcripts/README.md describes.

use std::collections::HashMap;

use switchboard_tests::Frame;
use switchboard_tests::frame::opcode;

/// A line of a transcript that is an action.
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) action: Action,
}

pub(super) enum Action {
    /// Opens a TCP connection, or switches back to it.
    Connection(String),
    /// Sends bytes unchanged.
    Raw(String),
    /// Sends a request without waiting for its response.
    Request { method: &'static str, target: String, headers: Vec<String>, body: String },
    /// Expects a response.
    Response { status: u16, body: String },
    /// Sends a WebSocket message.
    Send(Message),
    /// Expects a WebSocket message.
    Expect(Message),
    /// Expects the end of the connection.
    End,
    /// Waits until the server has read everything that was sent.
    Settle,
}

/// A WebSocket message in the notation of the transcript.
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) text: String,
}

/// Parses a transcript.
pub(super) fn parse(text: &str) -> Vec<Step> {
    let mut headers = HashMap::<String, Vec<String>>::new();
    let mut block = String::new();
    let mut steps = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix("    ") {
            headers.entry(block.clone()).or_default().push(header.to_owned());
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "headers" {
            rest.clone_into(&mut block);
            continue;
        }
        let action = action(word, rest, &headers).unwrap_or_else(|| panic!("line {}: {line:?}", index + 1));
        steps.push(Step { line: index + 1, action });
    }
    steps
}

fn action(word: &str, rest: &str, headers: &HashMap<String, Vec<String>>) -> Option<Action> {
    let message = |kind| Message { kind, text: rest.to_owned() };
    Some(match word {
        "connection" => Action::Connection(rest.to_owned()),
        "raw>" => Action::Raw(rest.to_owned()),
        "GET" | "POST" => {
            let mut parts = rest.splitn(3, ' ');
            Action::Request {
                method: if word == "GET" { "GET" } else { "POST" },
                headers: headers.get(parts.next()?)?.clone(),
                target: parts.next()?.to_owned(),
                body: parts.next().unwrap_or_default().to_owned(),
            }
        }
        "<" => {
            let (status, body) = rest.split_once(' ').unwrap_or((rest, ""));
            Action::Response { status: status.parse().ok()?, body: body.to_owned() }
        }
        "text>" => Action::Send(message(opcode::TEXT)),
        "binary>" => Action::Send(message(opcode::BINARY)),
        "close>" => Action::Send(message(opcode::CLOSE)),
        "text<" => Action::Expect(message(opcode::TEXT)),
        "binary<" => Action::Expect(message(opcode::BINARY)),
        "close<" => Action::Expect(message(opcode::CLOSE)),
        "end<" => Action::End,
        "settle" => Action::Settle,
        _ => return None,
    })
}

impl Message {
    /// Returns the frame that a client sends.
    pub(super) fn frame(&self, names: &Names) -> Frame {
        if self.kind != opcode::CLOSE || self.text.is_empty() {
            return Frame::new(self.kind, names.bytes(&self.text));
        }
        let (code, reason) = self.text.split_once(' ').unwrap_or((&self.text, ""));
        let code: u16 = code.parse().expect("a close code");
        Frame::new(opcode::CLOSE, [&code.to_be_bytes(), reason.as_bytes()].concat())
    }
}

/// The values of a transcript's placeholders.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// Returns the bytes of a text, with placeholders and escapes resolved.
    pub(super) fn bytes(&self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (literal, name) in pieces(text) {
            unescape(literal, &mut bytes);
            if let Some(name) = name {
                let value = self.0.get(name).unwrap_or_else(|| panic!("nothing is called ${name} yet"));
                bytes.extend_from_slice(value.as_bytes());
            }
        }
        bytes
    }

    /// Sets the value of a name.
    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// Compares received text, as written by [`escape`], with a pattern. A new name captures letters, digits, `-` and
    /// `_`. `$*` matches anything.
    pub(super) fn matches(&mut self, pattern: &str, text: &str) -> bool {
        let mut rest = text;
        let mut pieces = pieces(pattern).into_iter().peekable();
        while let Some((literal, name)) = pieces.next() {
            let Some(after) = rest.strip_prefix(literal) else { return false };
            rest = after;
            let Some(name) = name else { break };
            let next = pieces.peek().map_or("", |(literal, _)| *literal);
            let length = match self.0.get(name) {
                Some(value) if rest.starts_with(value) => value.len(),
                Some(_) => return false,
                None if name == "*" && next.is_empty() => rest.len(),
                None if name == "*" => rest.find(next).unwrap_or(rest.len()),
                None => rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len()),
            };
            if name != "*" {
                self.set(name, rest[..length].to_owned());
            }
            rest = &rest[length..];
        }
        rest.is_empty()
    }
}

/// Splits `a$b c` into `("a", Some("b"))` and `(" c", None)`.
fn pieces(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let name = &rest[start + 1..];
        let length = match name.starts_with('*') {
            true => 1,
            false => name.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(name.len()),
        };
        pieces.push((&rest[..start], Some(&name[..length])));
        rest = &name[length..];
    }
    pieces.push((rest, None));
    pieces
}

fn unescape(text: &str, bytes: &mut Vec<u8>) {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match characters.next() {
            Some('n') => bytes.push(b'\n'),
            Some('\\') => bytes.push(b'\\'),
            Some('x') => {
                let digits: String = characters.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits after \\x"));
            }
            other => panic!("unknown escape {other:?} in {text:?}"),
        }
    }
}

/// Writes bytes in the notation of a transcript: printable text unchanged, the rest escaped.
pub(super) fn escape(bytes: &[u8]) -> String {
    let hex = |byte: &u8| format!("\\x{byte:02x}");
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.iter().map(hex).collect() };
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\\' => escaped.push_str("\\\\"),
            '\0'..='\x1f' => escaped.push_str(&hex(&(character as u8))),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_capture_once_and_compare_afterwards() {
        let mut names = Names::default();
        assert!(names.matches(r#"0{"sid":"$sid",$*}"#, r#"0{"sid":"a-1","upgrades":[]}"#));
        assert_eq!(names.bytes("sid=$sid"), b"sid=a-1");
        assert!(names.matches("<$sid>", "<a-1>"));
        assert!(!names.matches("<$sid>", "<other>"));
        assert!(!names.matches("$*]", "[1"));
    }

    #[test]
    fn escapes_are_those_of_the_expectations() {
        let bytes = Names::default().bytes(r"a\x1eb\n\\ é\xff");
        assert_eq!(bytes, b"a\x1eb\n\\ \xc3\xa9\xff");
        assert_eq!(escape("a\u{1e}b\n\\ é".as_bytes()), r"a\x1eb\n\\ é");
        assert_eq!(escape(b"\x01\xff"), r"\x01\xff");
    }
}
