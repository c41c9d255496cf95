//! Rooms: strings, and types that derive `Room`.
#![deny(warnings)]

use std::borrow::Cow;
use switchboard::prelude::*;

#[derive(Room)]
enum ChatRoom {
    Lobby,
    DirectMessages(u64),
    #[room("{org}/{name}")]
    Channel {
        name: String,
        org: u32,
    },
    #[room("{{{0}}}")]
    Braces(&'static str),
    #[room("the end")]
    Last,
    r#Raw {
        r#type: u8,
    },
}

#[derive(Room)]
struct Everyone;

#[derive(Room)]
#[room("table:{0}:{0}")]
struct Table<T>(T);

#[derive(Room)]
enum Never {}

fn name(room: impl Room) -> String {
    room.name().into_owned()
}

#[test]
fn are_named() {
    assert_eq!(name(ChatRoom::Lobby), "lobby");
    assert!(matches!(ChatRoom::Lobby.name(), Cow::Borrowed(_)));
    assert_eq!(ChatRoom::DirectMessages(7).name(), "direct-messages:7");
    assert_eq!(name(ChatRoom::Channel { org: 3, name: "dev".to_owned() }), "3/dev");
    assert_eq!(name(ChatRoom::Braces("x")), "{x}");
    assert_eq!(name(ChatRoom::Last), "the end");
    assert_eq!(name(ChatRoom::r#Raw { r#type: 1 }), "raw:1");
    assert_eq!(name(Everyone), "everyone");
    assert_eq!(name(Table(5)), "table:5:5");
    assert_eq!(
        [name("a"), name(String::from("a")), name(String::from("a").as_str()), name(Cow::Borrowed("a"))],
        ["a"; 4]
    );
    let _: Option<Never> = None;
}
