//! Generated code uses full paths, so names in the user's scope do not affect it.
#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, non_snake_case, unused_macros)]

mod hostile {
    // schemars' derive calls these traits' methods.
    #[allow(unused_imports)]
    use ::std::convert::{From as _, Into as _};

    pub struct Option;
    pub struct Result;
    pub struct Vec;
    pub struct String;
    pub struct Box;
    pub struct Event;
    pub struct Socket;
    pub struct Reply;
    pub struct Room;
    pub struct Self_;
    pub struct p;
    pub struct args;
    pub struct schemas;
    pub struct event;
    pub struct context;
    pub fn Some() {}
    pub fn None() {}
    pub fn Ok() {}
    pub fn Err() {}
    pub fn send() {}
    pub fn drop() {}
    pub mod std {}
    pub mod core {}
    pub mod switchboard {}
    pub mod serde {}
    pub mod schemars {}
    pub trait Namespace {}
    pub trait Send {}
    pub trait Future {}
    pub trait From {}
    pub trait Serialize {}
    pub trait Deserialize {}

    macro_rules! vec {
        ($($t:tt)*) => {
            compile_error!("hijacked")
        };
    }
    macro_rules! format {
        ($($t:tt)*) => {
            compile_error!("hijacked")
        };
    }
    macro_rules! assert {
        ($($t:tt)*) => {
            compile_error!("hijacked")
        };
    }
    macro_rules! matches {
        ($($t:tt)*) => {
            compile_error!("hijacked")
        };
    }
    macro_rules! unreachable {
        ($($t:tt)*) => {
            compile_error!("hijacked")
        };
    }

    /// A comment.
    #[::switchboard::event("message", ack = u64)]
    pub struct Message {
        pub text: ::std::string::String,
    }

    #[::switchboard::event("pair")]
    pub struct Pair(u8, u8);

    #[::switchboard::event("empty")]
    pub struct Empty;

    #[::switchboard::payload]
    #[derive(::switchboard::Room)]
    pub enum ChatRoom {
        Lobby,
        #[room("user:{0}")]
        User(u64),
        Named {
            name: u8,
        },
    }

    #[derive(::switchboard::Room)]
    pub struct Table<T> {
        number: T,
    }

    pub struct Chat;

    async fn gate(_socket: ::switchboard::Socket<Chat>) -> ::std::result::Result<(), ::switchboard::ConnectError> {
        ::std::result::Result::Ok(())
    }

    async fn lent<N: ::switchboard::Namespace>(
        _socket: &::switchboard::Socket<N>,
        _handshake: ::switchboard::Handshake,
    ) -> ::std::result::Result<(), ::switchboard::ConnectError> {
        ::std::result::Result::Ok(())
    }

    async fn trace(
        incoming: ::switchboard::EventContext<Chat>,
        next: impl ::switchboard::Next<Chat>,
    ) -> ::switchboard::Reply {
        next.run(incoming).await
    }

    #[::switchboard::namespace("/chat", emits(Message, Pair), guard(gate, lent), middleware(trace), session = u8)]
    impl Chat {
        #[on_connect]
        async fn connect(&self) -> ::std::result::Result<u8, ::switchboard::ConnectError> {
            ::std::result::Result::Ok(1)
        }

        #[on("a", middleware(trace), concurrent)]
        async fn a(&self, x: u8, s: &::switchboard::Socket<Self>) -> u8 {
            let _ = s.join(ChatRoom::Lobby);
            x
        }

        #[on(Message)]
        async fn m(&self, e: Message) -> ::std::result::Result<u64, ::std::string::String> {
            let _ = e;
            ::std::result::Result::Ok(1)
        }

        #[on(Pair, concurrent)]
        fn pair(&self, e: Pair) {
            let _ = e;
        }

        #[on(Empty)]
        fn empty(&self) {}

        #[on_connected]
        async fn hello(&self, s: &::switchboard::Socket<Self>) -> ::std::result::Result<(), ::switchboard::JoinError> {
            s.join(ChatRoom::Lobby)
        }

        #[on_disconnect]
        async fn bye(&self, why: ::switchboard::DisconnectReason) {
            let _ = why;
        }
    }
}
