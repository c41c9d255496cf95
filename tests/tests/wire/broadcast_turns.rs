//! Packets that a handler sends to several sockets leave at the end of its turn, whether it returns, panics, waits or
//! disconnects: complete, in order, and to the sockets selected when they were sent.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use switchboard::prelude::*;
use switchboard_tests::{Polling, TestServer, WebSocket};
use tokio::sync::mpsc::UnboundedSender;

use crate::journal::Journal;

#[event("news")]
struct News(String);

#[event("picture")]
struct Picture(Bytes, u32);

#[event("ready?", ack = bool)]
struct Ready;

struct Stage {
    reports: UnboundedSender<String>,
    /// The gate of the handler that blocks its thread.
    gate: Mutex<Receiver<()>>,
}

impl Stage {
    fn everybody(socket: &Socket<Self>, text: &str) {
        drop(socket.namespace().emit(News(text.to_owned())));
    }
}

#[namespace("/", emits(News, Picture, Ready))]
impl Stage {
    #[on("panic")]
    fn panic(&self, socket: &Socket<Self>) {
        Self::everybody(socket, "before");
        if socket.is_connected() {
            panic!("a panic that this test wants");
        }
    }

    #[on("leave")]
    fn leave(&self, socket: &Socket<Self>, close: bool) {
        drop(socket.emit(News("you".to_owned())));
        Self::everybody(socket, "all");
        if close {
            socket.close();
        } else {
            socket.disconnect();
        }
        Self::everybody(socket, "the others");
    }

    #[on("part with the others")]
    fn part(&self, socket: &Socket<Self>, close: bool) {
        Self::everybody(socket, "last words");
        if close {
            socket.broadcast().close_sockets();
        } else {
            socket.broadcast().disconnect_sockets();
        }
        Self::everybody(socket, "alone");
    }

    /// Broadcasts, then asks its client. The other clients receive the broadcast without waiting for the answer.
    #[on("tell and ask")]
    async fn tell_and_ask(&self, socket: &Socket<Self>) -> bool {
        Self::everybody(socket, "soon");
        socket.emit_with_ack(Ready).await.unwrap_or(false)
    }

    #[on("tell much")]
    fn tell_much(&self, socket: &Socket<Self>, count: u32, size: usize) {
        for number in 0..count {
            let picture = Picture(vec![number as u8; size].into(), number);
            drop(socket.broadcast().emit(picture));
            drop(socket.broadcast().emit(News(number.to_string())));
        }
    }

    #[on("tell some")]
    fn tell_some(&self, socket: &Socket<Self>, other: String) {
        let news = |text: &str| News(text.to_owned());
        drop(socket.namespace().to("late").emit(news("too early")));
        socket.namespace().sockets_join("late");
        drop(socket.namespace().to("late").except(&other).emit(news("not you")));
        drop(socket.local().to(other).emit(news("only you")));
        socket.namespace().sockets_leave("late");
        drop(socket.namespace().to("late").emit(news("too late")));
        drop(socket.namespace().emit(news("the end")));
    }

    /// Blocks its thread in the middle of a turn.
    #[on("block")]
    async fn block(&self, socket: &Socket<Self>) {
        drop(socket.broadcast().emit(News("held".to_owned())));
        drop(self.reports.send("blocked".to_owned()));
        let open = || self.gate.lock().expect("no panic").recv_timeout(Duration::from_secs(30));
        tokio::task::block_in_place(open).expect("the test opens the gate");
        drop(socket.broadcast().emit(News("after".to_owned())));
    }

    #[on("volatile")]
    fn volatile(&self, socket: &Socket<Self>) -> usize {
        socket.broadcast().volatile().emit(News("volatile".to_owned())).map_or(0, |delivery| delivery.sent)
    }

    #[on("volatile by a task")]
    async fn volatile_by_a_task(&self, socket: &Socket<Self>) -> usize {
        let told = socket.broadcast().volatile();
        let told = tokio::spawn(async move { told.emit(News("volatile".to_owned())) }).await;
        told.expect("no panic").map_or(0, |delivery| delivery.sent)
    }

    /// Broadcasts from a spawned task, which is outside any handler's turn.
    #[on("spawn")]
    fn spawn(&self, socket: &Socket<Self>) {
        Self::everybody(socket, "first");
        let all = socket.namespace();
        tokio::spawn(async move { all.emit(News("second".to_owned())) });
    }
}

struct Fixture {
    server: TestServer,
    journal: Journal,
    gate: Sender<()>,
}

impl Fixture {
    async fn start() -> Self {
        let (reports, journal) = Journal::new();
        let (gate, opened) = channel();
        let server = TestServer::start(Server::new().namespace(Stage { reports, gate: Mutex::new(opened) })).await;
        Self { server, journal, gate }
    }

    async fn sockets<const N: usize>(&self) -> [WebSocket; N] {
        let mut sockets = Vec::new();
        for _ in 0..N {
            sockets.push(WebSocket::joined(&self.server).await);
        }
        sockets.try_into().expect("as many as asked for")
    }
}

fn news(text: &str) -> String {
    format!(r#"42["news","{text}"]"#)
}

async fn hears(socket: &mut WebSocket, texts: &[&str]) {
    for text in texts {
        socket.expect_text(&news(text)).await;
    }
}

#[tokio::test]
async fn what_was_sent_before_a_panic_arrives() {
    let fixture = Fixture::start().await;
    let [mut speaker, mut other] = fixture.sockets().await;
    for _ in 0..2 {
        speaker.send(r#"421["panic"]"#).await;
        hears(&mut speaker, &["before"]).await;
        assert!(speaker.next_text().await.starts_with(r#"431[{"error""#));
        hears(&mut other, &["before"]).await;
    }
}

#[tokio::test]
async fn who_leaves_hears_what_was_sent_before() {
    for close in [false, true] {
        let fixture = Fixture::start().await;
        let [mut speaker, mut other] = fixture.sockets().await;
        speaker.send(&format!(r#"42["leave",{close}]"#)).await;
        hears(&mut speaker, &["you", "all"]).await;
        speaker.expect_text("41").await;
        if close {
            speaker.expect_close(None).await;
        }
        hears(&mut other, &["all", "the others"]).await;
    }
}

#[tokio::test]
async fn who_is_parted_with_hears_what_was_sent_before() {
    for close in [false, true] {
        let fixture = Fixture::start().await;
        let [mut speaker, mut other, mut third] = fixture.sockets().await;
        speaker.send(&format!(r#"42["part with the others",{close}]"#)).await;
        hears(&mut speaker, &["last words", "alone"]).await;
        for socket in [&mut other, &mut third] {
            hears(socket, &["last words"]).await;
            socket.expect_text("41").await;
            if close {
                socket.expect_close(None).await;
            }
        }
    }
}

#[tokio::test]
async fn a_handler_that_waits_holds_nothing() {
    let fixture = Fixture::start().await;
    let [mut speaker, mut other] = fixture.sockets().await;
    speaker.send(r#"421["tell and ask"]"#).await;
    hears(&mut other, &["soon"]).await;
    hears(&mut speaker, &["soon"]).await;
    speaker.expect_text(r#"420["ready?"]"#).await;
    speaker.send("430[true]").await;
    speaker.expect_text("431[true]").await;
}

/// More packets than one system call takes, and than the batch of one turn holds; and attachments, which stay with
/// their packet.
#[tokio::test]
async fn much_arrives_complete_and_in_order() {
    let fixture = Fixture::start().await;
    let [mut speaker, mut other] = fixture.sockets().await;
    for (count, size) in [(100, 10), (100, 2000), (10, 1 << 20)] {
        speaker.send(&format!(r#"42["tell much",{count},{size}]"#)).await;
        for number in 0..count {
            let head = format!(r#"451-["picture",{{"_placeholder":true,"num":0}},{number}]"#);
            other.expect_text(&head).await;
            other.expect_binary(&vec![number as u8; size]).await;
            hears(&mut other, &[&number.to_string()]).await;
        }
    }
}

#[tokio::test]
async fn the_moment_of_sending_decides_for_whom_it_is() {
    let fixture = Fixture::start().await;
    let [mut speaker] = fixture.sockets().await;
    let mut other = WebSocket::open(&fixture.server).await;
    let id = other.join("/").await;
    speaker.send(&format!(r#"42["tell some","{id}"]"#)).await;
    hears(&mut speaker, &["not you", "the end"]).await;
    hears(&mut other, &["only you", "the end"]).await;
}

#[tokio::test]
async fn who_polls_or_is_about_to_upgrade_hears_the_same() {
    let fixture = Fixture::start().await;
    let [mut speaker] = fixture.sockets().await;
    let mut polling = Polling::joined(&fixture.server).await;
    let mut moving = Polling::joined(&fixture.server).await;
    let mut moved = WebSocket::beside(&fixture.server, &moving.sid).await;
    moved.send("2probe").await;
    moved.expect_text("3probe").await;
    speaker.send(r#"42["tell much",2,10]"#).await;
    // By the time the speaker receives "the end", everything is queued for the other sessions too.
    speaker.send(r#"421["tell some","nobody"]"#).await;
    hears(&mut speaker, &["not you", "the end"]).await;
    moved.send("5").await;
    let expected = [
        r#"451-["picture",{"_placeholder":true,"num":0},0]"#,
        "bAAAAAAAAAAAAAA==",
        r#"42["news","0"]"#,
        r#"451-["picture",{"_placeholder":true,"num":0},1]"#,
        "bAQEBAQEBAQEBAQ==",
        r#"42["news","1"]"#,
        r#"42["news","not you"]"#,
        r#"42["news","the end"]"#,
    ];
    for packet in expected {
        assert_eq!(polling.next_packet().await, packet);
    }
    for number in 0..2 {
        moved.expect_text(&format!(r#"451-["picture",{{"_placeholder":true,"num":0}},{number}]"#)).await;
        moved.expect_binary(&[number; 10]).await;
        hears(&mut moved, &[&number.to_string()]).await;
    }
    hears(&mut moved, &["not you", "the end"]).await;
    drop(moving.taken());
}

#[tokio::test]
async fn what_a_task_sends_comes_after_what_the_handler_sent() {
    let fixture = Fixture::start().await;
    let [mut speaker, mut other] = fixture.sockets().await;
    speaker.send(r#"42["spawn"]"#).await;
    hears(&mut speaker, &["first", "second"]).await;
    hears(&mut other, &["first", "second"]).await;
}

/// An idle client is not treated as busy because another handler has packets for it that are not sent yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_handler_is_about_to_send_drops_nothing_volatile() {
    for event in ["volatile", "volatile by a task"] {
        let mut fixture = Fixture::start().await;
        let [mut slow, mut quick, mut receiver] = fixture.sockets().await;
        slow.send(r#"421["block"]"#).await;
        fixture.journal.expect("blocked").await;
        quick.send(&format!(r#"421["{event}"]"#)).await;
        hears(&mut quick, &["held"]).await;
        quick.expect_text("431[2]").await;
        hears(&mut receiver, &["held", "volatile"]).await;
        fixture.gate.send(()).expect("it waits");
        hears(&mut slow, &["volatile"]).await;
        slow.expect_text("431[]").await;
        hears(&mut quick, &["after"]).await;
        hears(&mut receiver, &["after"]).await;
    }
}
