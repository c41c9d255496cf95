//! A framework for event-driven servers that speak Socket.IO.
//!
//! Annotate handler functions to get a server that every Socket.IO client can talk to. The compiler checks handlers,
//! emits, acknowledgements and rooms.
//!
//! ```no_run
//! use switchboard::prelude::*;
//!
//! /// A message posted to a room.
//! #[event("message", ack = u64)]
//! struct Message {
//!     room: String,
//!     text: String,
//! }
//!
//! struct Chat;
//!
//! #[namespace("/chat", emits(Message))]
//! impl Chat {
//!     #[on("join")]
//!     async fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
//!         socket.join(room)
//!     }
//!
//!     #[on(Message)]
//!     async fn message(&self, socket: &Socket<Self>, message: Message) -> u64 {
//!         match socket.to(&message.room).emit(&message) {
//!             Ok(delivery) => delivery.sent as u64,
//!             Err(_) => 0,
//!         }
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> switchboard::Result {
//!     Server::new().namespace(Chat).serve("127.0.0.1:3000").await
//! }
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `eio3` | no | clients of Socket.IO 2, which speak Engine.IO revision 3: `Server::allow_eio3` |
//! | `metrics` | no | counters, gauges and histograms, through the `metrics` crate |
//! | `msgpack` | no | packets in MessagePack instead of JSON: `Server::parser` |
//! | `regex` | no | namespaces by regular expression: `Server::namespace_matching` |
//! | `schema` | yes | the contract as data: TypeScript, AsyncAPI, an HTML page, a lock file ([`schema`]) |
//! | `testing` | no | a test kit: in-process clients without a port, on a paused clock (`switchboard::testing`) |
//! | `tower` | no | [`Service`] is a `tower::Service`, to mount in an axum `Router` |
//! | `tracing` | no | spans and log events for connections, namespaces, events and acknowledgements |
//!
//! # Other paths of this crate
//!
//! The code that the macros generate names this crate `::switchboard`. Two kinds of programs need one more line:
//!
//! - The manifest has this crate under another name, `sb = { package = "switchboard", .. }`. Write `extern crate sb as
//!   switchboard;` in the crate's root.
//! - Another crate re-exports this one, and the program depends only on that crate. Give its path to each macro, as serde's
//!   `crate` option does:
//!
//! ```
//! # mod company { pub use switchboard; }
//! use company::switchboard::prelude::*;
//!
//! #[event("message", crate = "company::switchboard")]
//! struct Message(Text);
//!
//! #[payload(crate = "company::switchboard")]
//! struct Text(String);
//!
//! #[derive(Room)]
//! #[room(crate = "company::switchboard")]
//! struct Lobby;
//!
//! struct Chat;
//!
//! #[namespace("/chat", crate = "company::switchboard", emits(Message))]
//! impl Chat {}
//! # fn main() {}
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
// The macros generate paths that start with `::switchboard`. Inside this crate, that name needs an alias.
#[allow(unused_extern_crates, reason = "for expansions in the tests of this crate")]
extern crate self as switchboard;

pub mod adapter;
mod contract;
mod engine;
mod error;
mod escape;
#[cfg(feature = "__internals")]
#[doc(hidden)]
pub mod internals;
mod namespace;
mod observe;
mod protocol;
mod rate;
#[cfg(feature = "schema")]
#[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
pub mod schema;
mod server;
mod sync;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod wire;

#[doc(hidden)]
pub mod __private;

pub use contract::{
    Ack, AnswerError, ArgumentList, Auth, ConnectContext, ConnectError, ConnectedContext, Context, DisconnectContext,
    EmittedBy, Event, EventContext, EventError, EventName, FromContext, Guard, Listener, Middleware, Namespace, Next,
    Params, PathParam, PathParams, RateLimit, Received, Recovered, Rejection, Reply, Responder, Rest, Room, Rooms,
    State,
};
pub use engine::cookie::{Cookie, SameSite};
pub use engine::cors::Cors;
pub use engine::error::{ConnectionError, ConnectionErrorKind};
pub use engine::handshake::{Handshake, RemoteAddr};
pub use engine::options::{BoxError, Transport};
pub use engine::watch::EnginePacket;
pub use engine::{Body, ServeError};
pub use error::{Error, Result};
pub use namespace::{
    AckError, Answer, Answers, AnyEvent, Broadcast, Children, ConnectRequest, DataError, Delivery, DisconnectReason,
    EmitError, EngineSession, ExpiredSession, ExpiryReason, HandlerError, HandlerErrorKind, JoinError, ListenerId,
    NamespaceHandle, Recovery, Remaining, RemoteSocket, RoomEvent, RoomEvents, ServerAnswers, Socket, SocketData,
    Timeout, UnfitAnswer, Volatile,
};
#[cfg(feature = "msgpack")]
#[cfg_attr(docsrs, doc(cfg(feature = "msgpack")))]
pub use protocol::Parser;
pub use server::{ClientFiles, Drain, Handle, Server, Service, ShutdownReport, shutdown_signal};
pub use wire::digits::Digits;
pub use wire::{HoldsBinary, RawJson, Value, digits, float_or_null};

#[doc(inline)]
#[doc = include_str!("contract/docs/derive_event.md")]
pub use switchboard_macros::Event;
#[doc(inline)]
#[doc = include_str!("contract/docs/derive_room.md")]
pub use switchboard_macros::Room;
#[doc(inline)]
#[doc = include_str!("contract/docs/event.md")]
pub use switchboard_macros::event;
#[doc(inline)]
#[doc = include_str!("contract/docs/namespace.md")]
pub use switchboard_macros::namespace;
#[doc(inline)]
#[doc = include_str!("contract/docs/payload.md")]
pub use switchboard_macros::payload;

/// The items that most programs use.
pub mod prelude {
    pub use crate::{
        Ack, AckError, AnyEvent, Auth, Broadcast, ConnectContext, ConnectError, ConnectedContext, Context,
        DisconnectContext, DisconnectReason, EmitError, EmittedBy, Event, EventContext, EventError, EventName,
        FromContext, Handshake, JoinError, Middleware, Namespace, NamespaceHandle, Next, Params, RateLimit, RawJson,
        Recovered, Rejection, Reply, Rest, Room, Server, Socket, State, event, namespace, payload,
    };
    /// serde's attributes may stand above `#[payload]` and `#[event]`, too.
    #[doc(hidden)]
    pub use switchboard_macros::serde;
}
