//! Events, payloads, rooms and namespaces in a `macro_rules!` macro, with tokens from the macro or from its caller.
#![deny(warnings)]

use switchboard::prelude::*;

macro_rules! payload {
    ($name:ident { $($field:ident: $ty:ty),* }) => {
        #[payload]
        #[derive(Default)]
        struct $name { $($field: $ty),* }
    };
}

payload!(Address { host: Option<std::net::IpAddr>, path: std::path::PathBuf, ports: Vec<u16> });

macro_rules! event {
    ($name:ident($($ty:ty),*) as $event:literal, ack = $ack:ty) => {
        #[event($event, ack = $ack)]
        struct $name($($ty),*);
    };
}

event!(Moved(Address, Option<u8>) as "moved", ack = Result<u8, String>);

macro_rules! room {
    ($name:ident, $ty:ty) => {
        #[derive(Room)]
        enum $name {
            Lobby,
            #[room("user:{0}")]
            User($ty),
        }
    };
}

room!(Place, u64);

macro_rules! namespace {
    (
        $visibility:vis $name:ident at $path:literal, $event:ty, $session:ty, $guard:path, $middleware:path,
        $($key:literal => $method:ident($($parameter:ident: $ty:ty),*) -> $answer:ty $body:block)*
    ) => {
        $visibility struct $name {
            rate: RateLimit,
        }

        #[namespace($path, params(number: u32), session = $session, emits($event), guard($guard), middleware($middleware, self.rate, Self::own))]
        impl $name {
            async fn own(&self, event: EventContext<Self>, next: impl Next<Self>) -> Reply {
                next.run(event).await
            }

            #[on_connect]
            async fn enter(&self, socket: &Socket<Self>, Params(_number): Params<u32>) -> Result<$session, ConnectError> {
                socket.join(Place::Lobby)?;
                Ok(Default::default())
            }

            $(
                #[on($key, middleware($middleware, Self::own))]
                async fn $method(&self, socket: &Socket<Self>, $($parameter: $ty),*) -> $answer {
                    drop(socket.join(Place::User(1)));
                    $body
                }
            )*

            #[on($event, concurrent)]
            async fn typed(&self, event: $event) -> Result<u8, String> {
                event.1.ok_or_else(|| event.0.path.display().to_string())
            }

            #[on("whole")]
            fn whole(&self, ack: Ack<$session>) {
                drop(ack.send(Default::default()));
            }

            $(
                #[on("body")]
                #[cfg(any())]
                fn $method(&self) $body
            )*

            #[on_connected]
            async fn entered(&self, socket: &Socket<Self>) -> Result<(), JoinError> {
                socket.join(Place::User(2))
            }

            #[on_disconnecting]
            fn leaving(&self, socket: &Socket<Self>) {
                socket.leave(Place::User(1));
            }

            #[on_disconnect]
            fn left(&self, _socket: &Socket<Self>, _reason: DisconnectReason) {}
        }
    };
}

async fn guarded(_handshake: Handshake) -> Result<(), ConnectError> {
    Ok(())
}

async fn traced<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

namespace! {
    Chat at "/chat/{number}", Moved, (u8, Address), guarded, traced,
    "add" => add(number: u8, text: Option<String>) -> Result<u8, String> { text.map(|_| number).ok_or_else(String::new) }
    "none" => none() -> Vec<Address> { Vec::new() }
}

#[test]
fn they_are_handled() {
    assert_eq!(Chat::EVENTS, ["add", "none", "moved", "whole"]);
}
