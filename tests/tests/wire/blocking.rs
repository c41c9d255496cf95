//! Handlers that block their thread.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A gate that blocks the thread of a handler, and a count of the handlers that have reached it.
struct Gate {
    open: Mutex<Receiver<()>>,
    arrived: UnboundedSender<u32>,
}

impl Gate {
    fn pass(&self, number: u32) -> u32 {
        let _ = self.arrived.send(number);
        self.open.lock().expect("a gate").recv().expect("the gate opens");
        number
    }
}

struct Office(Gate);

#[namespace("/")]
impl Office {
    #[on("block", blocking)]
    fn block(&self, socket: &Socket<Self>, number: u32) -> u32 {
        let number = self.0.pass(number);
        drop(socket.emit_named("passed", (number,)));
        drop(socket.namespace().emit_named("told", (number,)));
        number
    }

    #[on("side", blocking, concurrent)]
    fn side(&self, number: u32) -> Result<u32, String> {
        Ok(self.0.pass(number))
    }

    #[on("panic", blocking)]
    fn panic(&self) {
        panic!("on purpose");
    }

    #[on("fail", blocking)]
    fn fail(&self, ack: Ack<u8>) -> Result<(), String> {
        drop(ack);
        Err("no".to_owned())
    }

    #[on("echo")]
    fn echo(&self, number: u32) -> u32 {
        number
    }

    #[fallback(blocking)]
    fn other(&self, name: EventName, Rest(numbers): Rest<u32>) -> (String, Vec<u32>) {
        (name.0, numbers)
    }
}

struct Door {
    open: Sender<()>,
    arrivals: UnboundedReceiver<u32>,
}

impl Door {
    async fn arrival(&mut self) -> u32 {
        within("a handler to begin", self.arrivals.recv()).await.expect("a handler")
    }

    fn open(&self) {
        self.open.send(()).expect("a server");
    }
}

async fn office(limit: usize) -> (TestServer, Door) {
    let ((open, gate), (arrived, arrivals)) = (channel(), unbounded_channel());
    let office = Office(Gate { open: Mutex::new(gate), arrived });
    let server = TestServer::start(Server::new().max_blocking_handlers(limit).namespace(office)).await;
    (server, Door { open, arrivals })
}

#[tokio::test]
async fn a_blocking_handler_holds_up_its_own_socket_only() {
    let (server, mut door) = office(64).await;
    let (mut blocked, mut other) = (WebSocket::joined(&server).await, WebSocket::joined(&server).await);
    blocked.send(r#"421["block",1]"#).await;
    blocked.send(r#"422["block",2]"#).await;
    blocked.send(r#"423["echo",3]"#).await;
    assert_eq!(door.arrival().await, 1);
    // The test and the server share a single thread.
    other.send(r#"421["echo",9]"#).await;
    other.expect_text("431[9]").await;
    assert!(door.arrivals.try_recv().is_err(), "events of one socket are handled one after another");
    door.open();
    assert_eq!(door.arrival().await, 2);
    other.expect_text(r#"42["told",1]"#).await;
    blocked.expect_text(r#"42["passed",1]"#).await;
    blocked.expect_text(r#"42["told",1]"#).await;
    blocked.expect_text("431[1]").await;
    door.open();
    blocked.expect_text(r#"42["passed",2]"#).await;
    blocked.expect_text(r#"42["told",2]"#).await;
    blocked.expect_text("432[2]").await;
    blocked.expect_text("433[3]").await;
}

#[tokio::test]
async fn no_more_of_them_run_than_the_server_allows() {
    let (server, mut door) = office(2).await;
    let mut sockets = Vec::new();
    for number in 0..4 {
        let mut socket = WebSocket::joined(&server).await;
        socket.send(&format!(r#"421["side",{number}]"#)).await;
        sockets.push(socket);
        if number < 2 {
            assert_eq!(door.arrival().await, number);
        }
    }
    // A reply to a later event shows that the waiting events have been read.
    for socket in &mut sockets {
        socket.send(r#"422["echo",5]"#).await;
        socket.expect_text("432[5]").await;
    }
    assert!(door.arrivals.try_recv().is_err());
    for number in 2..4 {
        door.open();
        assert_eq!(door.arrival().await, number);
    }
    door.open();
    door.open();
    for (number, socket) in sockets.iter_mut().enumerate() {
        socket.expect_text(&format!("431[{number}]")).await;
    }
}

#[tokio::test]
async fn failures_are_answered_as_those_of_other_handlers() {
    let errors = Arc::new(Mutex::new(Vec::new()));
    let log = errors.clone();
    let (arrived, _arrivals) = unbounded_channel();
    let office = Office(Gate { open: Mutex::new(channel().1), arrived });
    let server = Server::new().namespace(office);
    let server = server.on_error(move |error| log.lock().expect("a log").push(error.kind.to_string()));
    let server = TestServer::start(server).await;
    let mut socket = WebSocket::joined(&server).await;
    for (event, answer) in [
        (r#""panic""#, r#"{"error":{"message":"internal error"}}"#),
        (r#""fail""#, r#"{"error":"no"}"#),
        (r#""block","x""#, r#"{"error":{"message":"argument 1: invalid type: string \"x\", expected u32"}}"#),
        (r#""what else",1,2"#, r#"["what else",[1,2]]"#),
    ] {
        socket.send(&format!("421[{event}]")).await;
        socket.expect_text(&format!("431[{answer}]")).await;
    }
    let errors = errors.lock().expect("a log").clone();
    assert_eq!(errors[0], "the handler panicked: on purpose");
    assert_eq!(errors.len(), 3);
}

#[tokio::test]
async fn events_of_clients_that_left_are_handled() {
    let (server, mut door) = office(1).await;
    let (mut first, mut second) = (WebSocket::joined(&server).await, WebSocket::joined(&server).await);
    first.send(r#"42["side",1]"#).await;
    assert_eq!(door.arrival().await, 1);
    second.send(r#"42["side",2]"#).await;
    second.send(r#"421["echo",5]"#).await;
    second.expect_text("431[5]").await;
    drop((first, second));
    // Both clients sent their event before they disconnected, so it is handled.
    door.open();
    assert_eq!(door.arrival().await, 2);
    door.open();
    server.empty().await;
}
