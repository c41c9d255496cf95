//! Events whose types have every possible shape.
#![deny(warnings)]
#![allow(dead_code)]

use std::{collections::BTreeMap, time::Duration};
use switchboard::prelude::*;

#[event("unit")]
struct Unit;

#[event("no arguments")]
struct NoArguments();

/// A wrapper turns a type of another crate into an event.
#[event("newtype", ack = Duration)]
struct Newtype(Duration);

#[event("tuple")]
struct Tuple(u8, Option<String>, Vec<Unit>);

#[event("named", ack = Vec<Option<Tree>>)]
#[derive(Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    first_name: String,
    #[serde(default)]
    count: u32,
    nested: Nested,
}

#[payload]
#[derive(Clone, Debug, Default, PartialEq)]
#[serde(default)]
struct Nested {
    deeper: BTreeMap<String, (u8, [f32; 3])>,
}

#[payload]
#[derive(Clone, Debug, PartialEq)]
struct Tree {
    value: u8,
    children: Vec<Tree>,
}

#[event("enum")]
#[serde(tag = "kind")]
enum Choice {
    Nothing,
    Something {
        what: String,
    },
    #[serde(rename = "more")]
    Else(Tree),
}

/// Used with several row types, so that its schemas are named after their rows.
#[payload]
struct Page<T> {
    rows: Vec<T>,
}

#[event("page")]
struct TreePage(Page<Tree>, Page<String>);

struct Shapes;

#[namespace("/shapes", emits(Unit, NoArguments, Newtype, Tuple, Named, Choice, TreePage))]
impl Shapes {
    #[on(Unit)]
    fn unit(&self, _event: Unit) {}

    #[on(NoArguments)]
    fn no_arguments(&self) {}

    #[on(Newtype)]
    fn newtype(&self, event: Newtype) -> Duration {
        event.0
    }

    #[on(Tuple)]
    fn tuple(&self, Tuple(_, _, _): Tuple) {}

    #[on(Named)]
    fn named(&self, event: &Named) -> Vec<Option<Tree>> {
        vec![Some(Tree { value: event.nested.deeper.len() as u8, children: vec![] })]
    }

    #[on(Choice)]
    fn choice(&self, event: Choice, socket: &Socket<Self>) {
        let _ = (socket.emit(event), socket.emit(Unit), socket.emit(NoArguments()));
    }

    #[on(TreePage)]
    fn page(&self, event: TreePage) {
        let _ = event;
    }

    #[on("positional")]
    fn positional(&self, choice: Choice, (a, b): (u8, u8), page: Page<Nested>, rest: Option<Named>) -> Page<u8> {
        let _ = (choice, page, rest);
        Page { rows: vec![a, b] }
    }
}
