//! Names of types in the exports: for names of every kind, and for every order of handlers and fields.

use crate::validity::check;
use std::collections::BTreeSet;
use switchboard::{prelude::*, schema::Contract};

mod shop {
    use switchboard::prelude::*;

    #[payload]
    pub(crate) struct Item {
        pub(crate) price: u32,
        pub(crate) parts: Vec<Item>,
    }
}

mod stock {
    use switchboard::prelude::*;

    #[payload]
    pub(crate) struct Item {
        pub(crate) shelf: String,
    }

    #[payload]
    #[serde(rename = "Item")]
    pub(crate) struct Chosen {
        pub(crate) shelf: String,
    }
}

#[payload]
struct Page<T> {
    items: Vec<T>,
}

/// Returns all exports of a contract.
fn documents(contract: &Contract) -> [String; 4] {
    [contract.typescript(), contract.asyncapi(), contract.html(), contract.lock()].map(|document| document.to_string())
}

/// Returns the names of the types that TypeScript declares, without those of the namespace `/`.
fn declared(contract: &Contract) -> BTreeSet<String> {
    let text = contract.typescript().to_string();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("export type ").or_else(|| line.strip_prefix("export interface ")));
    let names = lines.filter_map(|line| line.split([' ', '<']).next().map(str::to_owned));
    let others = ["Socket", "Path", "ClientToServerEvents", "ServerToClientEvents", "Failure", "Success"];
    names.filter(|name| !others.contains(&name.as_str())).collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// Creates the contract of a namespace `/` with one handler per type, in this order. Each handler takes its type and
/// returns it.
macro_rules! contract {
    ($($name:literal: $handler:ident($ty:ty)),* $(,)?) => {{
        struct Server;

        #[namespace("/")]
        impl Server {
            $(
                #[on($name)]
                fn $handler(&self, value: $ty) -> Result<$ty, String> {
                    Ok(value)
                }
            )*
        }

        Contract::of::<Server>()
    }};
}

#[test]
fn swapping_handlers_changes_no_document() {
    let forth = contract!(
        "price": price(shop::Item),
        "store": store(stock::Item),
        "prices": prices(Page<shop::Item>),
        "stores": stores(Page<stock::Item>),
    );
    let back = contract!(
        "stores": stores(Page<stock::Item>),
        "prices": prices(Page<shop::Item>),
        "store": store(stock::Item),
        "price": price(shop::Item),
    );
    assert_eq!(documents(&forth), documents(&back));
    assert_eq!(declared(&forth), set(["ShopItem", "ShopPageItem", "StockItem", "StockPageItem"]));
    assert_eq!(declared(&contract!("price": price(shop::Item))), set(["Item"]));
}

#[test]
fn swapping_fields_changes_no_document() {
    #[payload]
    struct Both {
        shop: shop::Item,
        stock: stock::Item,
    }

    mod swapped {
        use switchboard::prelude::*;

        #[payload]
        pub(super) struct Both {
            stock: super::stock::Item,
            shop: super::shop::Item,
        }
    }

    let (forth, back) = (contract!("both": both(Both)), contract!("both": both(swapped::Both)));
    assert_eq!(documents(&forth), documents(&back));
}

#[test]
fn swapping_variants_does_not_change_the_lock_file() {
    #[payload]
    enum Shape {
        Circle { radius: f64 },
        Point,
        Square(f64),
        Line,
    }

    mod swapped {
        use switchboard::prelude::*;

        #[payload]
        pub(super) enum Shape {
            Line,
            Square(f64),
            Point,
            Circle { radius: f64 },
        }
    }

    let (forth, back) = (contract!("shape": shape(Shape)), contract!("shape": shape(swapped::Shape)));
    assert_eq!(forth.lock(), back.lock());
}

#[test]
fn an_attribute_chooses_a_name() {
    let contract = contract!("price": price(shop::Item), "store": store(stock::Chosen));
    assert_eq!(declared(&contract), set(["Item", "ShopItem"]));
    let text = contract.typescript().to_string();
    assert!(text.contains("export interface Item {\n  shelf: string;\n}"), "{text}");
}

#[test]
fn a_generic_type_is_named_by_its_arguments() {
    #[payload]
    #[serde(rename = "Liste")]
    struct Renamed<T> {
        items: Vec<T>,
    }

    #[payload]
    #[schemars(rename = "All{T}s")]
    struct Formatted<T> {
        items: Vec<T>,
    }

    #[payload]
    struct Grid<const WIDTH: usize> {
        cells: Vec<u8>,
    }

    let contract = contract!(
        "pages": pages((Page<shop::Item>, Page<u8>)),
        "renamed": renamed((Renamed<shop::Item>, Renamed<u8>)),
        "formatted": formatted(Formatted<shop::Item>),
        "grids": grids((Grid<2>, Grid<3>)),
    );
    assert_eq!(
        declared(&contract),
        set(["AllItems", "Grid2", "Grid3", "Item", "ListeItem", "ListeUint8", "PageItem", "PageUint8"])
    );
}

#[test]
fn an_input_is_named_after_the_declared_names() {
    #[payload]
    struct Order {
        #[serde(default)]
        count: u32,
    }

    #[payload]
    struct OrderInput {
        text: String,
    }

    let contract = contract!("order": order(Order), "input": input(OrderInput));
    assert_eq!(declared(&contract), set(["Order", "OrderInput", "OrderInput2"]));
    let text = contract.typescript().to_string();
    assert!(text.contains("export interface OrderInput {\n  text: string;\n}"), "{text}");
}

mod strange {
    use switchboard::prelude::*;

    #[payload]
    pub(super) struct Größe {
        pub(super) wert: u32,
    }

    #[payload]
    #[serde(rename = "My Type")]
    pub(super) struct Spaced {
        pub(super) größe: Größe,
    }

    #[payload]
    #[serde(rename = "a/b~c%")]
    pub(super) struct Escaped {
        pub(super) spaced: Option<Spaced>,
    }

    #[payload]
    #[serde(rename = "🚀")]
    pub(super) struct Emoji {
        pub(super) escaped: Vec<Escaped>,
    }

    #[payload]
    #[serde(rename = "{braces}")]
    pub(super) struct Braces<T> {
        pub(super) inner: T,
    }

    pub(super) mod changed {
        use switchboard::prelude::*;

        #[payload]
        pub(crate) struct Größe {
            wert: String,
            maß: u8,
        }
    }
}

#[test]
fn names_of_every_kind_are_described() {
    use strange::{Braces, Emoji, Escaped, Größe, Spaced};

    let value = || Emoji { escaped: vec![Escaped { spaced: Some(Spaced { größe: Größe { wert: 1 } }) }] };
    check!(sent Emoji, [value()]);
    check!(sent Braces<Emoji>, [Braces { inner: value() }]);

    let contract = contract!("emoji": emoji(Emoji), "braces": braces(Braces<Emoji>));
    assert_eq!(contract.unknowns(), []);
    assert_eq!(declared(&contract), set(["Größe", "MyType", "aBC", "aBCInput", "_", "Input", "Braces", "BracesInput"]));
    let lock = Contract::from_lock(contract.lock().as_str()).unwrap();
    assert!(contract.compare(&lock).is_empty() && lock.compare(&contract).is_empty());

    let asyncapi: serde_json::Value = serde_json::from_str(contract.asyncapi().as_str()).unwrap();
    let schemas = asyncapi["components"]["schemas"].as_object().unwrap();
    let allowed = |c: char| c.is_ascii_alphanumeric() || ['.', '-', '_'].contains(&c);
    assert!(schemas.keys().all(|name| name.chars().all(allowed)), "{:?}", schemas.keys());
    let text = asyncapi.to_string();
    let references = text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert_eq!(references.filter(|pointer| asyncapi.pointer(pointer).is_none()).collect::<Vec<_>>(), [] as [&str; 0]);
}

#[test]
fn changes_of_types_of_every_name_are_found() {
    let before = contract!("size": size(strange::Größe));
    let after = contract!("size": size(strange::changed::Größe));
    let changes = before.compare(&after).to_string();
    for expected in [
        "breaking    type Größe, sent by the client, maß: is required now",
        "breaking    type Größe, sent by the client, wert: an integer from 0 to 4294967295 is not accepted any more",
    ] {
        assert!(changes.contains(expected), "{changes}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_is_unknown() {
    #[payload]
    struct Lost {
        #[schemars(extend("$ref" = "#/definitions/Elsewhere"))]
        text: String,
    }

    let contract = contract!("lost": lost(Lost));
    let unknowns: Vec<_> = contract.unknowns().into_iter().map(|unknown| unknown.to_string()).collect();
    assert_eq!(unknowns, ["Lost: `#/definitions/Elsewhere` is not described"]);
    assert!(contract.typescript().as_str().contains("unknown /* not described: #/definitions/Elsewhere */"));
}
