//! A kit for tests: typed clients in the test's own process, without a port, under a clock that stands still.
//!
//! It is the server itself that is tested, from the bytes of its connections up: only the network is missing. Add the
//! feature where tests are built:
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
//! `#[tokio::test(start_paused = true)]` gives a test a clock that goes on only when nobody has anything left to do: no
//! test waits for time, and [`expect_nothing`](Client::expect_nothing) knows that nothing will come, for it looks when
//! the server is done. [`TestServer::advance`] lets time pass. All that the server does by the clock goes by this one:
//! heartbeats, limits of connects and acknowledgements, rates, drains, and `tokio::time` in handlers.
//!
//! A handler that waits for something outside of the process (a database over TCP) looks idle to such a clock. There,
//! begin with `#[tokio::test]`: `connect`, `call` and `expect` wait by the real clock then, and what looks at a server
//! that is done panics.
//!
//! # Failures
//!
//! What does not come, or should not have come, is a panic that says where in the test, which client, and what has
//! arrived instead. What a server may refuse is a `Result`: [`ConnectRefused`], [`CallError`].

mod arguments;
mod client;
mod connecting;
mod emitted;
mod error;
mod expecting;
mod line;
mod mailbox;
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
