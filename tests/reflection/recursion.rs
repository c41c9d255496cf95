//! Types that contain themselves, in every way that Rust and serde allow.

use crate::validity::check;
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
    sync::Arc,
};
use switchboard::{prelude::*, schema::Contract};

#[payload]
#[derive(Default)]
struct Comment {
    text: String,
    parent: Option<Box<Comment>>,
    /// The doc comment becomes a description next to the reference.
    next: Option<Arc<Comment>>,
    replies: Vec<Comment>,
    by_name: BTreeMap<String, Comment>,
    maybe_by_name: HashMap<String, Option<Comment>>,
}

#[payload]
#[serde(tag = "op")]
enum Expr {
    Num { value: f64 },
    Neg { of: Box<Expr> },
    Sum { all: Vec<Expr>, rest: Option<Box<Expr>> },
    Wrapped(Wrapper),
}

#[payload]
struct Wrapper {
    expr: Box<Expr>,
}

#[payload]
#[serde(untagged)]
enum Json {
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

#[payload]
#[serde(tag = "kind", content = "data")]
enum Adjacent {
    Leaf,
    Same(Box<Adjacent>),
    Pair(Box<Adjacent>, Box<Adjacent>),
    Named { left: Option<Box<Adjacent>> },
}

#[payload]
enum External {
    Leaf,
    Same(Box<External>),
    Pair(Box<External>, Box<External>),
    Named { left: Option<Rc<External>> },
}

#[payload]
struct Odd {
    even: Option<Box<Even>>,
}

#[payload]
struct Even {
    odd: Option<Box<Odd>>,
    pair: Option<(Box<Odd>, u8)>,
}

#[payload]
struct Tree<T> {
    value: T,
    branches: Vec<Tree<T>>,
    first: Option<Box<Tree<T>>>,
}

#[payload]
struct Flat {
    name: String,
    #[serde(flatten)]
    link: Link,
}

#[payload]
struct Link {
    next: Option<Box<Flat>>,
}

/// serde accepts this type, although it flattens a type into itself.
#[payload]
struct Endless {
    name: String,
    #[serde(flatten)]
    more: Option<Box<Endless>>,
}

fn num(value: f64) -> Expr {
    Expr::Num { value }
}

fn comment(text: &str) -> Comment {
    Comment { text: text.into(), ..Comment::default() }
}

#[test]
fn recursive_types_are_described_as_serde_writes_and_reads_them() {
    let reply = Comment {
        parent: Some(Box::new(comment("a"))),
        next: Some(Arc::new(comment("b"))),
        replies: vec![comment("c"), Comment { replies: vec![comment("d")], ..comment("e") }],
        by_name: BTreeMap::from([("x".into(), comment("f"))]),
        maybe_by_name: HashMap::from([("y".into(), None)]),
        ..comment("g")
    };
    check!(Comment, [comment("a"), reply]);
    let sum = Expr::Sum { all: vec![num(1.5)], rest: Some(Box::new(num(2.5))) };
    check!(
        Expr,
        [
            num(0.5),
            Expr::Neg { of: Box::new(sum) },
            Expr::Wrapped(Wrapper { expr: Box::new(Expr::Neg { of: Box::new(num(1.5)) }) }),
        ]
    );
    check!(Json, [Json::List(vec![Json::Text("a".into()), Json::Object(BTreeMap::new())])]);
    check!(
        Adjacent,
        [
            Adjacent::Same(Box::new(Adjacent::Leaf)),
            Adjacent::Pair(Box::new(Adjacent::Leaf), Box::new(Adjacent::Named { left: None })),
        ]
    );
    check!(
        External,
        [
            External::Same(Box::new(External::Leaf)),
            External::Pair(Box::new(External::Leaf), Box::new(External::Named { left: Some(Rc::new(External::Leaf)) })),
        ]
    );
    check!(Odd, [Odd { even: Some(Box::new(Even { odd: None, pair: Some((Box::new(Odd { even: None }), 1)) })) }]);
    check!(
        Tree<u8>,
        [Tree { value: 1, branches: vec![Tree { value: 2, branches: vec![], first: None }], first: None }]
    );
    let last = Flat { name: "b".into(), link: Link { next: None } };
    check!(Flat, [Flat { name: "a".into(), link: Link { next: Some(Box::new(last)) } }]);
}

struct Everything;

#[namespace("/")]
impl Everything {
    #[on("comment")]
    fn comment(&self, comment: Comment) -> Comment {
        comment
    }

    #[on("expr")]
    fn expr(&self, expr: Expr) -> Option<Expr> {
        Some(expr)
    }

    #[on("json")]
    fn json(&self, json: Json) -> Vec<Json> {
        vec![json]
    }

    #[on("adjacent")]
    fn adjacent(&self, adjacent: Adjacent) -> Adjacent {
        adjacent
    }

    #[on("odd")]
    fn odd(&self, odd: Odd) -> Even {
        Even { odd: Some(Box::new(odd)), pair: None }
    }

    #[on("tree")]
    fn tree(&self, tree: Tree<u8>) -> Tree<u8> {
        tree
    }

    #[on("flat")]
    fn flat(&self, flat: Flat) -> Flat {
        flat
    }

    #[on("endless")]
    fn endless(&self, endless: Endless) -> Endless {
        endless
    }
}

#[test]
fn contracts_with_recursive_types_compare_equal_to_their_lock_files() {
    let contract = Contract::of::<Everything>();
    let lock = Contract::from_lock(contract.lock().as_str()).unwrap();
    assert_eq!(contract.compare(&lock).to_string(), "");
    assert_eq!(lock.compare(&contract).to_string(), "");
    for document in [contract.typescript(), contract.asyncapi(), contract.html()] {
        assert!(document.as_str().contains("Comment"));
    }
}

#[test]
fn a_type_that_is_flattened_into_itself_is_unknown_there() {
    let unknowns = Contract::of::<Everything>().unknowns();
    assert!(!unknowns.is_empty());
    assert!(unknowns.iter().all(|unknown| unknown.type_name.ends_with("Endless")), "{unknowns:?}");
}

#[test]
fn a_struct_variant_with_one_field_is_no_newtype() {
    #[payload]
    struct Inner {
        x: f64,
    }

    #[payload]
    #[serde(tag = "kind")]
    enum Shape {
        Circle { at: Inner },
        Point(Inner),
    }

    check!(Shape, [Shape::Circle { at: Inner { x: 0.5 } }, Shape::Point(Inner { x: 1.5 })]);

    struct Board;

    #[namespace("/")]
    impl Board {
        #[on("draw")]
        fn draw(&self, shape: Shape) {
            let _ = shape;
        }
    }

    let asyncapi: serde_json::Value = serde_json::from_str(Contract::of::<Board>().asyncapi().as_str()).unwrap();
    let circle = &asyncapi["components"]["schemas"]["Shape"]["oneOf"][0]["properties"];
    assert_eq!(circle["at"], json!({ "$ref": "#/components/schemas/Inner" }));
}
