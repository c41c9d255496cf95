//! A long-polling client: GETs over one connection, POSTs over another.

use std::collections::VecDeque;

use serde_json::Value;

use crate::{Connection, Endpoint, Request, Response};

const UNKNOWN_SESSION: &str = r#"{"code":1,"message":"Session ID unknown"}"#;

/// An Engine.IO session over HTTP long-polling.
#[derive(Debug)]
pub struct Polling {
    endpoint: Endpoint,
    /// The session's id.
    pub sid: String,
    /// The server's handshake packet, decoded.
    pub handshake: Value,
    gets: Connection,
    posts: Connection,
    packets: VecDeque<String>,
}

impl Polling {
    /// Opens a session.
    pub async fn open(endpoint: &Endpoint) -> Self {
        let mut gets = Connection::open(endpoint).await;
        let response = gets.request(&Request::get(endpoint.target("transport=polling"))).await;
        let (200, Some(handshake)) = (response.status, response.text().strip_prefix('0')) else {
            panic!("the server opens a session with 0{{..}}, not with {:?}", response.answer());
        };
        let handshake: Value = serde_json::from_str(handshake).expect("a handshake in JSON");
        let sid = handshake["sid"].as_str().expect("a session id").to_owned();
        Self {
            endpoint: endpoint.clone(),
            sid,
            handshake,
            gets,
            posts: Connection::open(endpoint).await,
            packets: VecDeque::new(),
        }
    }

    /// Opens a session and connects to the namespace `/`, answering heartbeats meanwhile.
    pub async fn joined(endpoint: &Endpoint) -> Self {
        let mut polling = Self::open(endpoint).await;
        polling.post("40").await;
        let mut reply = polling.next_packet().await;
        while reply == "2" {
            polling.post("3").await;
            reply = polling.next_packet().await;
        }
        assert!(reply.starts_with(r#"40{"sid":""#), "not a CONNECT reply: {reply:?}");
        polling
    }

    /// Returns the request target of this session.
    pub fn target(&self) -> String {
        self.endpoint.target(&format!("transport=polling&sid={}", self.sid))
    }

    /// Polls, and returns the payload.
    pub async fn get(&mut self) -> String {
        let response = self.try_get().await;
        assert_eq!(response.status, 200, "{response:?}");
        response.text().to_owned()
    }

    /// Polls, and returns the whole response.
    pub async fn try_get(&mut self) -> Response {
        self.gets.request(&Request::get(self.target())).await
    }

    /// Returns the next packet, across payloads. Skips noops, which only end polls.
    pub async fn next_packet(&mut self) -> String {
        loop {
            match self.packets.pop_front() {
                Some(packet) if packet == "6" => {}
                Some(packet) => return packet,
                None => self.packets = self.get().await.split('\u{1e}').map(str::to_owned).collect(),
            }
        }
    }

    /// Returns the packets that were polled for but not read yet.
    pub fn taken(&mut self) -> impl Iterator<Item = String> {
        std::mem::take(&mut self.packets).into_iter().filter(|packet| packet != "6")
    }

    /// Sends a payload, which the server must accept.
    pub async fn post(&mut self, payload: &str) {
        assert_eq!(self.try_post(payload).await.answer(), (200, "ok"));
    }

    /// Sends a payload, and returns the whole response.
    pub async fn try_post(&mut self, payload: impl Into<Vec<u8>>) -> Response {
        self.posts
            .request(&Request::post(self.target(), payload).header("Content-Type", "text/plain;charset=UTF-8"))
            .await
    }

    /// Sends a poll that waits at the server, on a connection of its own.
    pub async fn wait(&self) -> Connection {
        let mut connection = Connection::open(&self.endpoint).await;
        connection.send(Request::get(self.target()).to_bytes()).await;
        self.endpoint.settle().await;
        connection
    }

    /// Checks that the session no longer exists.
    pub async fn expect_gone(&mut self) {
        assert_eq!(self.try_get().await.answer(), (400, UNKNOWN_SESSION));
    }

    /// Checks that the session is closed. A session that the server closed between polls may report this once.
    pub async fn expect_closed(&mut self) {
        let response = self.try_get().await;
        if response.answer() != (400, UNKNOWN_SESSION) {
            assert_eq!(response.answer(), (200, "6\u{1e}1"));
            self.expect_gone().await;
        }
    }
}
