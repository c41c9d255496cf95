// Measures the build time of the macros: a namespace of 100 handlers with schemas, compared with hand-written handlers.
//
//     node tests/build_time/measure.mjs [rounds]
//
// Writes two crates to the target directory, and builds them alternately from scratch, except for their dependencies.
// The times are those of the crate itself, from `cargo build --timings`. Fails if the difference of the fastest builds
// exceeds three seconds. The result is meaningless if the machine does other work.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HANDLERS = 100;
const LIMIT = 3;
const rounds = Number(process.argv[2] ?? 5);

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const target = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "build_time");

// Half of the handlers take an event by name, and half a declared event.
const numbers = Array.from({ length: HANDLERS / 2 }, (_, index) => index);

const fields = `room: String,
    numbers: Vec<u64>,
    note: Option<String>,`;

/** Returns the payload and event types, with the given attributes. */
function types(payload, event) {
    const pairs = numbers.map(number => `
${payload}
pub struct Item${number} {
    ${fields}
}

${payload}
pub struct Receipt${number} {
    id: u64,
    item: Item${number},
}

${event(number)}
pub struct Event${number} {
    ${fields}
}
`);
    return `
${payload}
pub enum Refusal {
    Closed,
    Missing { name: String },
}
${pairs.join("")}`;
}

/** The bodies of the handlers, which are the same in both crates. */
const bodies = {
    named: number => `async fn named_${number}(&self, socket: &Socket<Self>, room: String, count: u64, item: Option<Item${number}>) -> Result<Receipt${number}, Refusal> {
        let item = item.ok_or(Refusal::Missing { name: room })?;
        let _ = socket.emit(Event${number} { room: item.room.clone(), numbers: vec![count], note: None });
        Ok(Receipt${number} { id: count, item })
    }`,
    typed: number => `async fn typed_${number}(&self, socket: &Socket<Self>, event: Event${number}) -> Result<u64, Refusal> {
        let _ = socket.to(&event.room).emit(&event);
        if event.numbers.is_empty() { Err(Refusal::Closed) } else { Ok(event.numbers.len() as u64) }
    }`,
};

const events = numbers.map(number => `Event${number}`).join(", ");

const annotated = `//! With the macros.

use switchboard::prelude::*;
${types("#[payload]", number => `#[event("event ${number}", ack = u64)]`)}
pub struct Chat;

#[namespace("/chat", emits(${events}))]
impl Chat {
    ${numbers.map(number => `#[on("named ${number}")]
    ${bodies.named(number)}

    #[on(Event${number})]
    ${bodies.typed(number)}`).join("\n\n    ")}
}
`;

const derives = "#[derive(serde::Serialize, serde::Deserialize)]";

const byHand = `//! By hand.

use switchboard::{EmittedBy, prelude::*};
${types(derives, () => derives)}
pub struct Chat;

impl Chat {
    ${numbers.map(number => `${bodies.named(number)}

    ${bodies.typed(number)}

    async fn run_named_${number}(&self, mut event: EventContext<Self>) -> Reply {
        let (room, count, item) = match (event.extract(), event.extract(), event.extract()) {
            (Ok(room), Ok(count), Ok(item)) => (room, count, item),
            (Err(rejection), ..) | (_, Err(rejection), _) | (.., Err(rejection)) => return event.reject(rejection),
        };
        let socket = event.socket().clone();
        let responder = event.into_responder();
        match self.named_${number}(&socket, room, count, item).await {
            Ok(receipt) => responder.answer(&receipt),
            Err(refusal) => responder.fail(&refusal),
        }
    }

    async fn run_typed_${number}(&self, mut event: EventContext<Self>) -> Reply {
        let payload = match event.payload() {
            Ok(payload) => payload,
            Err(rejection) => return event.reject(rejection),
        };
        let socket = event.socket().clone();
        let responder = event.into_responder();
        match self.typed_${number}(&socket, payload).await {
            Ok(count) => responder.answer(&count),
            Err(refusal) => responder.fail(&refusal),
        }
    }`).join("\n\n    ")}
}
${numbers.map(number => `
impl Event for Event${number} {
    const NAME: &'static str = "event ${number}";
    type Ack = u64;
}

impl EmittedBy<Chat> for Event${number} {}
`).join("")}
impl Namespace for Chat {
    const PATH: &'static str = "/chat";
    type Params = ();
    type Session = ();

    async fn connect(&self, _: ConnectContext<Self>) -> Result<(), ConnectError> {
        Ok(())
    }

    async fn dispatch(&self, event: EventContext<Self>) -> Reply {
        match event.name() {
            ${numbers.map(number => `"named ${number}" => self.run_named_${number}(event).await,
            "event ${number}" => self.run_typed_${number}(event).await,`).join("\n            ")}
            _ => Reply::unknown(),
        }
    }
}
`;

// Mounts the namespace, so that generic code is instantiated.
const mount = `
pub fn server() -> Server {
    Server::new().namespace(Chat)
}
`;

function write(name, source, dependencies) {
    const folder = join(target, "crates", name);
    mkdirSync(join(folder, "src"), { recursive: true });
    writeFileSync(join(folder, "Cargo.toml"), `[package]
name = "${name}"
edition = "2024"

[dependencies]
switchboard = { path = "${join(root, "framework")}" }
${dependencies}
[workspace]
`);
    writeFileSync(join(folder, "src/lib.rs"), source + mount);
    // Otherwise, cargo would resolve other versions of the dependencies than the repository's.
    writeFileSync(join(folder, "Cargo.lock"), readFileSync(join(root, "Cargo.lock")));
    return { name, folder, seconds: [] };
}

function cargo(crate, ...args) {
    // Runs in the repository, to use its toolchain.
    const env = { ...process.env, CARGO_TARGET_DIR: target };
    const manifest = join(crate.folder, "Cargo.toml");
    execFileSync("cargo", [...args, "--quiet", "--manifest-path", manifest], { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] });
}

/** Returns the compile time of the crate itself, in seconds. */
function built(crate) {
    const page = readFileSync(join(target, "cargo-timings/cargo-timing.html"), "utf8");
    const units = JSON.parse(/UNIT_DATA = (\[.*?\]);\n/s.exec(page)[1]);
    return units.find(unit => unit.name === crate.name).duration;
}

const crates = [write("annotated", annotated, ""), write("by-hand", byHand, 'serde = { version = "1", features = ["derive"] }\n')];
for (const crate of crates) cargo(crate, "build");
for (let round = 0; round < rounds; round++) {
    for (const crate of crates) {
        cargo(crate, "clean", "--package", crate.name);
        cargo(crate, "build", "--timings");
        crate.seconds.push(built(crate));
    }
}
for (const { name, seconds } of crates) console.log(name.padEnd(10), seconds.map(value => value.toFixed(2)).join("  "));
const [macros, hand] = crates.map(crate => Math.min(...crate.seconds));
console.log(`${HANDLERS} handlers with schemas: ${macros.toFixed(2)} s, by hand ${hand.toFixed(2)} s: ${(macros - hand).toFixed(2)} s more`);
if (macros - hand > LIMIT) process.exit(1);
