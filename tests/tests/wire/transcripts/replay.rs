//! Plays a transcript against a server, step by step.

use std::collections::HashMap;

use switchboard_tests::frame::opcode;
use switchboard_tests::{Connection, Endpoint, Received, WebSocket};

use super::script::{Action, Message, Names, Step, escape, parse};

/// Plays a transcript. Panics at the first unexpected response.
pub(super) async fn replay(server: &Endpoint, name: &str, text: &str) {
    let mut player = Player { server, connections: HashMap::new(), current: String::new(), names: Names::default() };
    for Step { line, action } in parse(text) {
        let outcome = player.play(action).await;
        outcome.unwrap_or_else(|error| panic!("{name}, line {line}: {error}"));
    }
}

struct Player<'a> {
    server: &'a Endpoint,
    connections: HashMap<String, WebSocket>,
    current: String,
    names: Names,
}

impl Player<'_> {
    async fn play(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Connection(name) => {
                if !self.connections.contains_key(&name) {
                    let connection = WebSocket::over(Connection::open(self.server).await);
                    self.connections.insert(name.clone(), connection);
                }
                self.current = name;
            }
            Action::Raw(bytes) => {
                let bytes = self.names.bytes(&bytes);
                self.socket()?.connection().send(bytes).await;
            }
            Action::Request { method, target, headers, body } => {
                let body = self.names.bytes(&body);
                self.names.set("length", body.len().to_string());
                let mut request = format!("{method} {target} HTTP/1.1\n");
                headers.iter().for_each(|header| request.extend([header.as_str(), "\n"]));
                let mut bytes = Vec::new();
                for line in request.lines() {
                    bytes.extend(self.names.bytes(line));
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"\r\n");
                bytes.extend(body);
                self.socket()?.connection().send(bytes).await;
            }
            Action::Response { status, body } => {
                let response = self.socket()?.connection().response().await.ok_or("the connection ended")?;
                let seen = escape(&response.body);
                if response.status != status || !self.names.matches(&body, &seen) {
                    return Err(format!("expected {status} {body}\n     got {} {seen}", response.status));
                }
            }
            Action::Send(message) => {
                let frame = message.frame(&self.names);
                self.socket()?.send_frame(&frame).await;
            }
            Action::Expect(message) => {
                let received = self.socket()?.next().await;
                if !self.fits(&message, &received) {
                    return Err(format!("expected {}\n     got {received:?}", message.text));
                }
            }
            Action::End => {
                let rest = self.socket()?.connection().rest().await;
                if !rest.is_empty() {
                    return Err(format!("expected the end, got {}", escape(&rest)));
                }
            }
            Action::Settle => self.server.settle().await,
        }
        Ok(())
    }

    fn socket(&mut self) -> Result<&mut WebSocket, String> {
        self.connections.get_mut(&self.current).ok_or_else(|| "no connection is open".to_owned())
    }

    fn fits(&mut self, message: &Message, received: &Received) -> bool {
        match (message.kind, received) {
            (opcode::TEXT, Received::Text(text)) => self.names.matches(&message.text, &escape(text.as_bytes())),
            (opcode::BINARY, Received::Binary(bytes)) => self.names.bytes(&message.text) == *bytes,
            (opcode::CLOSE, Received::Close(code)) => {
                message.text == code.map(|code| code.to_string()).unwrap_or_default()
            }
            _ => false,
        }
    }
}
