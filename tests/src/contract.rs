//! A server whose contract has every shape that the exports support.

mod names;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use switchboard::prelude::*;
use switchboard::schema::Contract;
use switchboard::{Digits, Value};

/// Returns the contract of [`server`].
#[must_use]
pub fn contract() -> Contract {
    server().contract().title("A workshop").version("1.2.0")
}

/// Creates a server that is only described, never run.
pub fn server() -> Server {
    Server::new()
        .namespace(Workshop)
        .namespace(Lobby)
        .namespace(Tenant)
        .namespace(names::Warehouse)
        .namespace_matching(r"^/archive-(\d{4})$", Archive)
}

/// What an order is in.
#[payload]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Open,
    Done,
}

/// What is to be made.
///
/// It may consist of others.
#[payload]
struct Part {
    name: String,
    /// How many: 1, if nothing is said.
    #[serde(default = "one")]
    count: u32,
    #[serde(default)]
    parts: Vec<Part>,
    size: Option<(f64, f64)>,
    #[serde(rename = "made-of")]
    material: Material,
}

fn one() -> u32 {
    1
}

#[payload]
enum Material {
    /// From a tree.
    Wood,
    /// An alloy, by its metals and their percentage.
    Alloy(BTreeMap<String, u8>),
    Other {
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hazard: Option<String>,
    },
}

/// Something that happened to an order.
#[payload]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Step {
    Started { by: String },
    Stopped { by: String, reason: Option<String> },
}

/// An order, as the workshop keeps it.
#[event("order")]
struct Order {
    id: u64,
    status: Status,
    /// In cents.
    #[serde(with = "switchboard::digits")]
    price: u64,
    /// How much is done; unknown at first.
    #[serde(with = "switchboard::float_or_null")]
    done: f64,
    part: Part,
    steps: Vec<Step>,
    labels: BTreeSet<String>,
    #[serde(flatten)]
    customer: Customer,
}

#[payload]
struct Customer {
    customer: String,
    note: Option<String>,
}

#[payload]
struct Page<T> {
    rows: Vec<T>,
    next: Option<u64>,
}

/// Why the workshop refuses.
#[payload]
#[serde(tag = "code")]
enum Refusal {
    /// There is no such order.
    Missing,
    /// Not today.
    Busy { retry_after: u32 },
}

/// A drawing, as bytes.
#[payload]
struct Drawing {
    name: String,
    content: Bytes,
}

/// How far an order is: its number, and a share.
#[event("progress")]
struct Progress(u64, f32);

/// May this order be started?
#[event("confirm", ack = bool)]
struct Confirm {
    order: u64,
    question: String,
}

/// How large a drawing is on paper.
#[payload]
struct Extent(f64, f64);

/// A print of a drawing, which has a field named like that of a failure.
#[payload]
struct Print {
    id: u64,
    error: Option<String>,
}

/// An answer that looks like a failure, of which the contract warns.
#[payload]
struct Check {
    error: Option<String>,
}

#[event("drawing")]
struct NewDrawing(u64, Drawing);

#[event("closed")]
struct Closed;

/// Has no schema.
#[derive(serde::Serialize, serde::Deserialize)]
struct Point(f64, f64);

#[payload]
struct Worker {
    name: String,
    #[serde(default)]
    apprentice: bool,
}

/// Takes orders, and says how they go.
struct Workshop;

/// Takes orders.
///
/// One order at a time.
#[namespace("/workshop", session = Worker, emits(Order, Progress, Confirm, NewDrawing, Closed))]
impl Workshop {
    #[on_connect]
    fn enter(&self, Auth(worker): Auth<Worker>) -> Worker {
        worker
    }

    /// Orders something.
    #[on("order")]
    fn order(&self, part: Part) -> Result<Order, Refusal> {
        let customer = Customer { customer: part.name.clone(), note: None };
        let (status, steps, labels) = (Status::Open, vec![], BTreeSet::new());
        Ok(Order { id: 1, status, price: 1, done: f64::NAN, part, steps, labels, customer })
    }

    /// Lists what was ordered, a page at a time.
    #[on("list:orders")]
    fn list(&self, status: Status, after: Option<u64>, limit: Option<u8>) -> Page<Order> {
        let _ = (status, limit);
        Page { rows: vec![], next: after }
    }

    /// Pays a tip, in cents, and returns the sum of all tips.
    #[on("tip")]
    fn tip(&self, Digits(cents): Digits<u64>) -> Digits<u128> {
        Digits(cents.into())
    }

    /// Takes an order back.
    #[on("cancel")]
    fn cancel(&self, id: u64) -> Result<(), Refusal> {
        if id == 0 { Err(Refusal::Missing) } else { Err(Refusal::Busy { retry_after: 60 }) }
    }

    /// Keeps a drawing, and returns it.
    #[on("draw")]
    fn draw(&self, id: u64, drawing: Drawing) -> Drawing {
        let _ = id;
        drawing
    }

    /// Measures a drawing.
    #[on("measure")]
    fn measure(&self, content: Bytes) -> Extent {
        Extent(content.len() as f64, 1.0)
    }

    /// Prints a drawing.
    #[on("print")]
    fn print(&self, drawing: u64) -> Result<Print, Refusal> {
        Ok(Print { id: drawing, error: None })
    }

    /// Checks a drawing.
    #[on("check")]
    fn check(&self, drawing: Drawing) -> Check {
        Check { error: drawing.content.is_empty().then(|| "empty".to_owned()) }
    }

    #[on("look")]
    fn look(&self, at: Point) -> Point {
        at
    }

    /// Passes on whatever it gets.
    #[on("note")]
    fn note(&self, note: RawJson, urgent: Option<bool>) {
        drop((note, urgent));
    }

    /// Labels an order, and counts its labels.
    #[on("label")]
    fn label(&self, order: u64, Rest(labels): Rest<String>) -> usize {
        let _ = order;
        labels.len()
    }

    /// Measures whatever it gets.
    #[on("gauge")]
    fn gauge(&self, unit: String, precision: Option<u8>, values: Rest<Value>) -> Result<f64, Refusal> {
        drop((unit, precision, values));
        Err(Refusal::Missing)
    }

    #[on("log")]
    fn log(&self, Rest(lines): Rest<Option<String>>) {
        drop(lines);
    }

    /// Everything else: no part of the contract.
    #[fallback]
    fn other(&self, name: EventName, arguments: Rest<Value>) {
        drop((name, arguments));
    }
}

struct Lobby;

#[namespace("/", emits(Closed))]
impl Lobby {
    #[on("ping the server")]
    fn ping(&self) -> u64 {
        1
    }
}

struct Tenant;

#[namespace("/{org}/tenant-{id}", params(id: u32), emits(Progress))]
impl Tenant {
    #[on("which")]
    fn which(&self, Params(id): Params<(String, u32)>) -> u32 {
        id.1
    }
}

struct Archive;

#[namespace(dynamic, params(year: u16))]
impl Archive {
    #[on("year")]
    fn year(&self, Params(year): Params<u16>) -> u16 {
        *year
    }
}
