//! The server that `tests/js` runs the real `socket.io-client` against. `tests/js/reference.mjs` is the same server on
//! Node.

mod anything;
mod gates;
mod namespaces;
mod patterns;
mod room_log;
mod root;
mod runtime;
mod seen;

use std::env;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use switchboard::Handle;
use switchboard::prelude::*;
use switchboard::{ClientFiles, Drain, Parser, Recovery};
use tokio::net::TcpListener;

use anything::Anything;
use gates::Gates;
use namespaces::{Abc, Foo, FooBar, Members, No, Ordered, Refused, Slow, Welcomes};
use patterns::{DYNAMIC, Made, PARTY, Tenant, Thousandth};
use room_log::RoomLog;
use root::Root;
use runtime::Runtime;

/// Returns a setting of the server from the environment.
fn setting<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gates = Arc::<Gates>::default();
    let rooms = Arc::<RoomLog>::default();
    let server = Arc::<OnceLock<Handle>>::default();
    let made = Made::default();
    let mut io = Server::new()
        .namespace(Root::new(gates.clone(), rooms.clone()))
        .namespace(Foo::new(gates.clone()))
        .namespace(FooBar)
        .namespace(Abc)
        .namespace(Welcomes)
        .namespace(No)
        .namespace(Refused)
        .namespace(Ordered)
        .namespace(Slow::new(gates.clone()))
        .namespace(Members)
        .namespace(Runtime::new(gates.clone()))
        .namespace(Anything)
        .namespace(Thousandth)
        .namespace(Tenant(server.clone()))
        .namespace_matching("^/(?:tenant|dynamic)-[0-9a-z]+$", DYNAMIC)
        .namespace_where(patterns::invited(gates), PARTY)
        .state(made.clone())
        .on_new_namespace(move |path| made.count(path))
        .allow_request(|request| {
            let denied =
                request.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("deny=")));
            async move {
                tokio::time::sleep(Duration::from_millis(10)).await;
                if denied { Err("not on the list".to_owned()) } else { Ok(()) }
            }
        });
    if let Some(path) = setting::<String>("HTTP_PATH") {
        io = io.path(path);
    }
    if setting::<String>("PARSER").is_some_and(|parser| parser == "msgpack") {
        io = io.parser(Parser::MessagePack);
    }
    if let Some(millis) = setting("PING_INTERVAL") {
        io = io.ping_interval(Duration::from_millis(millis));
    }
    if let Some(millis) = setting("PING_TIMEOUT") {
        io = io.ping_timeout(Duration::from_millis(millis));
    }
    if let Some(millis) = setting("CONNECT_TIMEOUT") {
        io = io.connect_timeout(Duration::from_millis(millis));
    }
    if let Some(bytes) = setting("MAX_PAYLOAD") {
        io = io.max_payload(bytes);
    }
    if let Some(allow) = setting("ALLOW_EIO3") {
        io = io.allow_eio3(allow);
    }
    if let Some(answer) = setting("ANSWER_UNKNOWN") {
        io = io.answer_unknown_events(answer);
    }
    if let Some(millis) = setting("RECOVERY") {
        io = io.recovery(Recovery::new().max_disconnection(Duration::from_millis(millis)));
    }
    if let Some(clients) = setting("MAX_CONNECTIONS") {
        io = io.max_connections(clients);
    }
    if let Some(millis) = setting("DRAIN") {
        io = io.drain(Drain::new().deadline(Duration::from_millis(millis)));
    }
    if let Some(folder) = setting::<String>("CLIENT_FILES") {
        io = io.client_files(ClientFiles::dir(folder)?);
    }

    let listener = TcpListener::bind(("127.0.0.1", setting("PORT").unwrap_or(0))).await?;
    let ended = switchboard::shutdown_signal();
    println!("listening {}", listener.local_addr()?.port());
    let io = io.build();
    tokio::spawn(rooms.keep(io.namespace::<Root>().room_events()));
    // Set once: there is only one server.
    let _ = server.set(io.clone());
    io.serve(listener, ended).await?;
    Ok(())
}

/// Reports an event that could not be sent. The client's tests detect the missing event.
fn send<T, E: Display>(sent: Result<T, E>) {
    if let Err(error) = sent {
        eprintln!("not sent: {error}");
    }
}
