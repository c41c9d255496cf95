//! A WebSocket client that writes frames by hand, with Engine.IO and Socket.IO on top.

use std::fmt::Debug;
use std::panic::Location;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::frame::opcode;
use crate::{Connection, Endpoint, Frame, Line, Request, Response};

/// A message, control frame or end of the connection, as received from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A WebSocket ping.
    Ping(Vec<u8>),
    /// A WebSocket pong.
    Pong(Vec<u8>),
    /// A close frame, with its code if it had one.
    Close(Option<u16>),
    /// The connection ended.
    End,
}

/// A WebSocket connection.
#[derive(Debug)]
pub struct WebSocket<S = Line> {
    connection: Connection<S>,
    /// The server's handshake packet, decoded; `Null` if it opened no session.
    pub handshake: Value,
}

impl WebSocket {
    /// Opens a session over WebSocket alone.
    pub async fn open(endpoint: &Endpoint) -> Self {
        let request = Request::upgrade(endpoint.target("transport=websocket"));
        Self::opened(Connection::open(endpoint).await, &request).await
    }

    /// Opens a session and connects to the namespace `/`.
    pub async fn joined(endpoint: &Endpoint) -> Self {
        let mut socket = Self::open(endpoint).await;
        socket.join("/").await;
        socket
    }

    /// Opens a WebSocket for a session that uses polling, as the first step of an upgrade.
    pub async fn beside(endpoint: &Endpoint, sid: &str) -> Self {
        let request = Request::upgrade(endpoint.target(&format!("transport=websocket&sid={sid}")));
        Self::switched(Connection::open(endpoint).await, &request).await.expect("101 Switching Protocols")
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Debug> WebSocket<S> {
    /// Sends an opening handshake.
    ///
    /// # Errors
    ///
    /// Returns the response if its status is not 101.
    pub async fn switched(mut connection: Connection<S>, request: &Request) -> Result<Self, Response> {
        let response = connection.request(request).await;
        if response.status != 101 {
            return Err(response);
        }
        assert_eq!(response.header("upgrade").map(str::to_ascii_lowercase).as_deref(), Some("websocket"));
        assert_eq!(response.header("connection").map(str::to_ascii_lowercase).as_deref(), Some("upgrade"));
        // The accept value for the key of RFC 6455, section 1.3.
        assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        Ok(Self::over(connection))
    }

    /// Sends an opening handshake and reads the packet that opens the session.
    pub async fn opened(connection: Connection<S>, request: &Request) -> Self {
        let mut socket = Self::switched(connection, request).await.expect("101 Switching Protocols");
        let packet = socket.next_text().await;
        let handshake = packet.strip_prefix('0').unwrap_or_else(|| panic!("not an open packet: {packet:?}"));
        socket.handshake = serde_json::from_str(handshake).expect("a handshake in JSON");
        socket
    }

    /// Creates a WebSocket over a connection that has already switched protocols.
    pub fn over(connection: Connection<S>) -> Self {
        Self { connection, handshake: Value::Null }
    }

    /// Connects to a namespace, answering heartbeats meanwhile, and returns the socket's id.
    pub async fn join(&mut self, namespace: &str) -> String {
        let prefix = if namespace == "/" { String::new() } else { format!("{namespace},") };
        self.send(&format!("40{prefix}")).await;
        let mut reply = self.next_text().await;
        while reply == "2" {
            self.send("3").await;
            reply = self.next_text().await;
        }
        let json = reply.strip_prefix(&format!("40{prefix}")).unwrap_or_else(|| panic!("not accepted: {reply:?}"));
        let json: Value = serde_json::from_str(json).expect("a CONNECT reply in JSON");
        json["sid"].as_str().expect("a socket id").to_owned()
    }

    /// Sends a text message.
    pub async fn send(&mut self, text: &str) {
        self.send_frame(&Frame::text(text)).await;
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, payload: &[u8]) {
        self.send_frame(&Frame::binary(payload)).await;
    }

    /// Sends a frame, correct or not.
    pub async fn send_frame(&mut self, frame: &Frame) {
        self.connection.send(frame.to_bytes()).await;
    }

    /// Returns the underlying connection.
    pub fn connection(&mut self) -> &mut Connection<S> {
        &mut self.connection
    }

    /// Turns the WebSocket into its underlying connection.
    pub fn into_connection(self) -> Connection<S> {
        self.connection
    }

    /// Returns the next frame, which from a server must be whole and unmasked (RFC 6455, section 5.1).
    pub async fn next(&mut self) -> Received {
        let Some(head) = self.connection.exactly(2).await else { return Received::End };
        assert_eq!(head[0] & 0xF0, 0x80, "a final frame without reserved bits");
        assert_eq!(head[1] & 0x80, 0, "a frame without a mask");
        let length = match head[1] & 0x7F {
            126 => self.integer(2).await,
            127 => self.integer(8).await,
            length => u64::from(length),
        };
        let payload = self.connection.exactly(length as usize).await.expect("a whole frame");
        match head[0] & 0x0F {
            opcode::TEXT => Received::Text(String::from_utf8(payload).expect("text is UTF-8")),
            opcode::BINARY => Received::Binary(payload),
            opcode::PING => Received::Ping(payload),
            opcode::PONG => Received::Pong(payload),
            opcode::CLOSE => Received::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
            other => panic!("opcode {other} from the server"),
        }
    }

    async fn integer(&mut self, length: usize) -> u64 {
        let bytes = self.connection.exactly(length).await.expect("the length of a frame");
        bytes.iter().fold(0, |integer, byte| integer << 8 | u64::from(*byte))
    }

    /// Returns the next message, which must be text.
    #[track_caller]
    pub fn next_text(&mut self) -> impl Future<Output = String> {
        let caller = Location::caller();
        async move {
            match self.next().await {
                Received::Text(text) => text,
                other => panic!("{caller}: text expected, got {other:?}"),
            }
        }
    }

    /// Checks the next message.
    #[track_caller]
    pub fn expect(&mut self, expected: Received) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let received = self.next().await;
            assert!(received == expected, "{caller}: expected {expected:?}, got {received:?}");
        }
    }

    /// Checks that the next message is this text.
    #[track_caller]
    pub fn expect_text(&mut self, text: &str) -> impl Future<Output = ()> {
        self.expect(Received::Text(text.to_owned()))
    }

    /// Checks that the next message is these bytes.
    #[track_caller]
    pub fn expect_binary(&mut self, bytes: &[u8]) -> impl Future<Output = ()> {
        self.expect(Received::Binary(bytes.to_vec()))
    }

    /// Checks that the server closes, with this code or without one, and ends the connection once the close is
    /// answered.
    #[track_caller]
    pub fn expect_close(&mut self, code: Option<u16>) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let received = self.next().await;
            assert!(received == Received::Close(code), "{caller}: expected a close with {code:?}, got {received:?}");
            // A server that has given up on a peer may have closed the connection before the answer.
            drop(self.connection.try_send(Frame::close().to_bytes()).await);
            let rest = self.connection.rest().await;
            assert!(rest.is_empty(), "{caller}: {rest:?} after the close frame");
        }
    }
}
