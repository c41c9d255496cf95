//! A test kit: typed clients that connect to a server in the same process, without a port and with a paused clock.
//!
//! The tests exercise the complete server, starting with the bytes of a connection. Only the network is missing. Enable
//! the feature `testing` for tests:
//!
//! ```toml
//! [dev-dependencies]
//! switchboard = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```
//! use switchboard::prelude::*;
//! use switchboard::testing::TestServer;
//!
//! #[event("message")]
//! struct Message {
//!     text: String,
//! }
//!
//! struct Chat;
//!
//! #[namespace("/chat", emits(Message))]
//! impl Chat {
//!     #[on("join")]
//!     fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
//!         socket.join(room)
//!     }
//!
//!     #[on("say")]
//!     fn say(&self, socket: &Socket<Self>, room: String, text: String) {
//!         drop(socket.to(room).emit(Message { text }));
//!     }
//! }
//!
//! #[tokio::test(start_paused = true)]
//! # async fn test() {}
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() { a_message_reaches_the_room_and_not_its_author().await }
//! async fn a_message_reaches_the_room_and_not_its_author() {
//!     let app = TestServer::new(Server::new().namespace(Chat));
//!     let ann = app.client::<Chat>("ann").connect().await.unwrap();
//!     let bob = app.client::<Chat>("bob").connect().await.unwrap();
//!     ann.call::<()>("join", ("lobby",)).await.unwrap();
//!     bob.call::<()>("join", ("lobby",)).await.unwrap();
//!
//!     ann.send("say", ("lobby", "hello"));
//!     assert_eq!(bob.expect::<Message>().await.text, "hello");
//!     ann.expect_nothing().await;
//!
//!     let said = app.emitted_once::<Chat, Message>().await;
//!     assert_eq!((said.rooms, said.receivers), (vec!["lobby".to_owned()], vec!["bob".to_owned()]));
//! }
//! ```
//!
//! # Time
//!
//! `#[tokio::test(start_paused = true)]` pauses Tokio's clock. It then advances only when every task is idle, so no
//! test waits in real time. [`expect_nothing`](Client::expect_nothing) is reliable because it checks when the server is
//! idle. [`TestServer::advance`] advances the clock. Everything that the server does by time uses this clock:
//! heartbeats, timeouts of connects and acknowledgements, rate limits, drains, and `tokio::time` in handlers.
//!
//! A handler that waits for something outside of the process, such as a database over TCP, looks idle to a paused
//! clock. Begin such a test with `#[tokio::test]`: `connect`, `call` and `expect` then wait in real time, and methods
//! that need an idle server panic.
//!
//! # Failures
//!
//! An unmet expectation panics. The message names the line of the test and the client, and lists the events that
//! arrived instead. Rejections by the server are returned as `Result`s: [`ConnectRefused`], [`CallError`].

mod arguments;
mod client;
mod connecting;
mod connection;
mod emitted;
mod error;
mod expecting;
mod inbox;
mod request;
mod server;
mod websocket;

pub use arguments::Arguments;
pub use client::Client;
pub use connecting::Connecting;
pub use emitted::Emitted;
pub use error::{CallError, ConnectRefused};
pub use request::Request;
pub use server::TestServer;
