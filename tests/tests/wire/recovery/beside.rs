//! Recovery together with other features: free-form data, listeners, functions that decide on paths.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use switchboard::prelude::*;
use switchboard::{ConnectRequest, Recovery};
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::setting::{Client, Said, identity};
use crate::journal::Journal;

/// Reports the names of its sockets, and the events sent to them.
struct Names(UnboundedSender<String>);

fn name<N: Namespace>(socket: &Socket<N>) -> String {
    socket.data().get("name").expect("a text").unwrap_or_else(|| "nobody".to_owned())
}

async fn sees_the_name<N: Namespace>(
    socket: &Socket<N>,
    State(reports): State<UnboundedSender<String>>,
) -> Result<(), ConnectError> {
    drop(reports.send(format!("guard: {}", name(socket))));
    Ok(())
}

#[namespace("/", emits(Said), guard(sees_the_name))]
impl Names {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>) {
        drop(self.0.send(format!("entered: {}", name(socket))));
        let reports = self.0.clone();
        socket.on_any_outgoing(move |_, event| drop(reports.send(format!("sent: {}", event.raw()))));
    }

    #[on_disconnect]
    fn left(&self, socket: &Socket<Self>) {
        drop(self.0.send(format!("left: {}", name(socket))));
    }
}

#[tokio::test]
async fn free_data_is_back_before_anybody_sees_the_socket() {
    let (reports, mut journal) = Journal::new();
    let options = Server::new().recovery(Recovery::new()).state(reports.clone());
    let server = TestServer::start(options.namespace(Names(reports))).await;
    let names = server.handle().namespace::<Names>();
    let client = Client::new(&server).await;
    journal.expect("guard: nobody").await;
    journal.expect("entered: nobody").await;
    names.socket(&client.id).expect("a socket").data().insert("name", "Ada").expect("JSON");

    let before = client.cut();
    journal.expect("left: Ada").await;
    let back = Client::back(&server, &before, json!({})).await;
    assert_eq!(back.id, before.id);
    journal.expect("guard: Ada").await;
    journal.expect("entered: Ada").await;
    let found = names.to(&back.id).fetch_sockets().await.expect("no cluster");
    assert_eq!(found[0].data().expect("data").as_str(), r#"{"name":"Ada"}"#);
}

#[tokio::test]
async fn listeners_hear_of_what_can_be_recovered_once_and_without_its_offset() {
    let (reports, mut journal) = Journal::new();
    let options = Server::new().recovery(Recovery::new()).state(reports.clone());
    let server = TestServer::start(options.namespace(Names(reports))).await;
    let names = server.handle().namespace::<Names>();
    let mut client = Client::new(&server).await;
    journal.expect("guard: nobody").await;
    journal.expect("entered: nobody").await;
    let socket = names.socket(&client.id).expect("a socket");
    names.emit(Said("to all".to_owned())).expect("it is sent");
    journal.expect(r#"sent: ["said","to all"]"#).await;
    socket.emit(Said("to one".to_owned())).expect("it is sent");
    journal.expect(r#"sent: ["said","to one"]"#).await;
    client.expect_said(&["to all", "to one"]).await;

    let before = client.cut();
    journal.expect("left: nobody").await;
    socket.emit(Said("missed".to_owned())).expect("it is kept");
    let mut client = Client::back(&server, &before, json!({})).await;
    journal.expect("guard: nobody").await;
    journal.expect("entered: nobody").await;
    // Through a handle from before the disconnect: the new socket has its own listeners.
    socket.emit(Said("by the old handle".to_owned())).expect("it is sent");
    journal.expect(r#"sent: ["said","by the old handle"]"#).await;
    client.expect_said(&["missed", "by the old handle"]).await;
}

/// A listener of the first socket, which runs for a broadcast, waits until a second socket joins.
struct Door {
    reports: UnboundedSender<String>,
    open: Arc<Notify>,
}

#[namespace("/", emits(Said))]
impl Door {
    #[on_connect]
    async fn enter(&self, socket: &Socket<Self>) {
        if socket.namespace().socket_count() == 0 {
            let open = self.open.clone();
            socket.on_any_outgoing(move |socket, _| {
                open.notify_one();
                let begun = Instant::now();
                while socket.namespace().socket_count() < 2 && begun.elapsed() < Duration::from_secs(30) {
                    std::thread::yield_now();
                }
            });
        } else {
            let reports = self.reports.clone();
            socket.on_any_outgoing(move |_, event| drop(reports.send(format!("sent: {}", event.raw()))));
            drop(self.reports.send("at the door".to_owned()));
            self.open.notified().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_comes_in_while_others_are_told_is_told_too() {
    let (reports, mut journal) = Journal::new();
    let options = Server::new().recovery(Recovery::new());
    let server = TestServer::start(options.namespace(Door { reports, open: Arc::default() })).await;
    let mut first = Client::new(&server).await;
    let mut second = WebSocket::open(&server).await;
    second.send("40").await;
    journal.expect("at the door").await;
    let delivery = server.handle().namespace::<Door>().emit(Said("to all".to_owned())).expect("it is sent");
    assert_eq!(delivery.sent, 2);
    first.expect_said(&["to all"]).await;
    identity(&second.next_text().await);
    assert!(second.next_text().await.starts_with(r#"42["said","to all","#));
    journal.expect(r#"sent: ["said","to all"]"#).await;
}

/// A namespace that accepts every path.
struct Anywhere(UnboundedSender<String>);

#[namespace(dynamic)]
impl Anywhere {
    #[on_disconnect]
    fn left(&self) {
        drop(self.0.send("left".to_owned()));
    }
}

#[tokio::test]
async fn who_decides_on_a_path_is_not_shown_the_secret() {
    let (reports, mut journal) = Journal::new();
    let asked = reports.clone();
    let allows = move |client: ConnectRequest| {
        drop(asked.send(client.auth::<Value>().expect("an object").to_string()));
        std::future::ready(true)
    };
    let options = Server::new().recovery(Recovery::new());
    let server = TestServer::start(options.namespace_where(allows, Anywhere(reports))).await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40/room,{"token":"t"}"#).await;
    let (id, pid) = identity(&socket.next_text().await.replace("/room,", ""));
    journal.expect(r#"{"token":"t"}"#).await;

    socket.into_connection().abort();
    journal.expect("left").await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(&format!(r#"40/room,{{"pid":"{pid}","token":"t"}}"#)).await;
    assert_eq!(identity(&socket.next_text().await.replace("/room,", "")), (id, pid));
    journal.expect(r#"{"token":"t"}"#).await;
}
