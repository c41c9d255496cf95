//! A program that forbids lints. An `allow` of a forbidden lint in generated code is an error (E0453).
#![forbid(
    dead_code,
    missing_debug_implementations,
    missing_docs,
    non_snake_case,
    unreachable_code,
    unreachable_patterns,
    unsafe_code,
    unused_imports,
    unused_macros,
    unused_must_use,
    unused_mut,
    unused_variables
)]
// serde's and schemars' derives allow this lint themselves, so it can be denied but not forbidden.
#![deny(unused_qualifications)]

use std::{fmt, net};
use switchboard::prelude::*;

/// An event of several arguments, some of which have no schema.
#[event("moved", ack = Receipt)]
#[derive(Debug)]
pub struct Moved(pub Place, pub Option<net::IpAddr>, pub u8);

/// An event without arguments.
#[event("ping")]
#[derive(Debug)]
pub struct Ping;

/// An event with documented fields.
#[event("said")]
#[derive(Debug)]
pub struct Said {
    /// The message.
    pub text: String,
}

/// A type whose fields have defaults.
#[payload]
#[derive(Debug, Default)]
#[serde(default)]
pub struct Settings {
    /// The number of columns.
    pub columns: u8,
}

/// A generic type.
#[payload]
#[derive(Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The title.
    #[serde(default)]
    pub title: String,
}

/// The acknowledgement of `Moved`.
#[payload]
#[derive(Debug, Default)]
pub struct Receipt {
    /// The client's current place.
    pub place: Option<Place>,
    /// The addresses of the clients that received it.
    pub seen_by: Vec<net::SocketAddr>,
}

/// A place.
#[payload]
#[derive(Room, Clone, Debug)]
pub enum Place {
    /// The place where every client starts.
    Lobby,
    /// A channel.
    #[room("channel:{name}")]
    Channel {
        /// Its name.
        name: String,
    },
}

/// An error that does not implement serde's traits.
#[derive(Debug)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("full")
    }
}

/// A namespace without handlers.
#[derive(Debug)]
pub struct Empty;

/// Nothing happens here.
#[namespace("/empty")]
impl Empty {}

/// A namespace with handlers of every kind.
#[derive(Debug)]
pub struct Chat;

/// A guard.
pub async fn guarded(_handshake: Handshake) -> Result<(), ConnectError> {
    Ok(())
}

/// Middleware.
pub async fn traced<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

/// Everything happens here.
#[namespace("/chat/{id}", params(id: u32), session = Receipt, emits(Moved, Ping), guard(guarded), middleware(traced))]
impl Chat {
    /// Accepts a client.
    #[on_connect]
    pub fn enter(&self, _id: Params<u32>, Auth(auth): Auth<Option<Receipt>>) -> Result<Receipt, ConnectError> {
        auth.ok_or_else(|| ConnectError::new("no receipt"))
    }

    /// Greets a client.
    #[on_connected]
    pub fn entered(&self) {}

    /// Handles an event with its arguments.
    #[on("say", concurrent)]
    pub async fn say(&self, text: String, place: Place, loud: Option<bool>) -> Result<Receipt, String> {
        if loud == Some(true) { Err(text) } else { Ok(Receipt { place: Some(place), seen_by: Vec::new() }) }
    }

    /// Acknowledges later.
    #[on("later")]
    pub fn later(&self, ack: Ack<Receipt>, place: Place) {
        drop((ack, place));
    }

    /// Handles a typed event.
    #[on(Moved)]
    pub fn moved(&self, moved: Moved) -> Receipt {
        Receipt { place: Some(moved.0), ..Receipt::default() }
    }

    /// Handles an event without arguments.
    #[on(Ping)]
    pub fn ping(&self) {}

    /// Handles every other event.
    #[fallback(concurrent)]
    pub fn other(&self, Rest(_arguments): Rest<RawJson>) {}

    /// Runs while the socket is still in its rooms.
    #[on_disconnecting]
    pub fn leaving(&self) {}

    /// Runs when the socket has disconnected.
    #[on_disconnect]
    pub fn left(&self, _reason: DisconnectReason) {}
}

/// A dynamic namespace.
#[derive(Debug)]
pub struct Generic<T>(pub T);

/// A generic namespace.
#[namespace(dynamic, emits(Said, Ping))]
impl<T: Send + Sync + 'static> Generic<T> {
    /// Handles a typed event.
    #[on(Said)]
    pub fn said(&self, _socket: &Socket<Self>, said: Said) {
        drop(said);
    }
}

mod deprecated_types {
    //! The code that the macros generate may name deprecated items.
    #![deny(deprecated)]

    use switchboard::prelude::*;

    /// An event that has a successor.
    #[event("old")]
    #[deprecated = "use `Moved`"]
    #[derive(Debug)]
    pub struct Old(pub u8, pub std::net::IpAddr);

    /// A payload that has a successor.
    #[payload]
    #[deprecated]
    #[derive(Debug)]
    pub struct OldReceipt {
        /// Deprecated too.
        #[deprecated]
        pub place: u8,
        /// The former place.
        #[deprecated]
        pub address: std::net::IpAddr,
    }

    /// A room that has a successor.
    #[derive(Room, Debug)]
    #[deprecated]
    pub enum OldRoom {
        /// The only one.
        #[deprecated]
        Lobby,
    }

    /// A namespace with a handler that has a successor.
    #[derive(Debug)]
    pub struct Chat;

    #[namespace("/deprecated")]
    impl Chat {
        /// Handles what old clients send.
        #[on("old")]
        #[deprecated]
        pub fn old(&self) {}
    }
}

#[test]
#[expect(deprecated, reason = "they are used here")]
fn are_used() {
    use deprecated_types::{Chat as OldChat, Old, OldReceipt, OldRoom};

    Server::new().namespace(Chat).namespace(Empty).namespace(OldChat).build();
    let address = net::IpAddr::V4(net::Ipv4Addr::LOCALHOST);
    assert_eq!(Moved(Place::Lobby, Some(address), 1).0.name(), OldRoom::Lobby.name());
    assert_eq!(Place::Channel { name: "a".to_owned() }.name(), "channel:a");
    assert_eq!((Old::NAME, Said::NAME), ("old", "said"));
    drop((Settings { columns: 1 }, Page { items: vec![1u8], title: String::new() }));
    drop((Ping, Full, Said { text: String::new() }, Generic(1), Old(1, address), OldReceipt { place: 1, address }));
}
