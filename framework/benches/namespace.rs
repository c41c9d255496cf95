//! What a namespace does with a packet: an event to its handler and back, rooms, broadcasts. Without a network.

use std::sync::Mutex;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use switchboard::internals::bench::{Loopback, Peer};
use switchboard::prelude::*;

fn main() {
    divan::main();
}

#[event("said")]
struct Said(String);

#[derive(Default)]
struct Hall {
    /// Those who have entered, to join and leave without an event.
    entered: Mutex<Vec<Socket<Self>>>,
}

#[namespace("/", emits(Said))]
impl Hall {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>) {
        self.entered.lock().expect("nobody panics").push(socket.clone());
    }

    #[on("enter")]
    fn room(&self, socket: &Socket<Self>) {
        drop(socket.join("hall"));
    }

    #[on("join")]
    fn join(&self) {
        for socket in &*self.entered.lock().expect("nobody panics") {
            drop(socket.join("room"));
        }
    }

    #[on("leave")]
    fn leave(&self) {
        for socket in &*self.entered.lock().expect("nobody panics") {
            socket.leave("room");
        }
    }

    #[on("echo")]
    fn echo(&self, text: String) -> String {
        text
    }

    #[on("later")]
    async fn later(&self, text: String) -> String {
        std::future::ready(text).await
    }
}

/// A hall with so many in its room.
fn hall(members: usize) -> (Loopback<Hall>, Vec<Peer>) {
    let hall = Loopback::new(Hall::default());
    let peers = (0..members).map(|_| {
        let mut peer = hall.client();
        assert!(peer.text("0") && peer.text(r#"2["enter"]"#) && peer.take());
        peer
    });
    let peers = peers.collect();
    (hall, peers)
}

#[divan::bench(args = ["echo", "later"])]
fn event_with_acknowledgement(bencher: Bencher<'_, '_>, name: &str) {
    let (_hall, mut peers) = hall(1);
    let event = format!(r#"27["{name}","good morning"]"#);
    bencher.bench_local(|| {
        assert!(peers[0].text(black_box(&event)));
        assert!(peers[0].take());
    });
}

#[divan::bench(args = [100, 10_000])]
fn join_and_leave(bencher: Bencher<'_, '_>, members: usize) {
    let (_hall, mut peers) = hall(members);
    bencher.counter(ItemsCount::new(members)).bench_local(|| {
        assert!(peers[0].text(r#"2["join"]"#));
        assert!(peers[0].text(r#"2["leave"]"#));
    });
}

#[divan::bench(args = [100, 10_000], sample_size = 16)]
fn broadcast(bencher: Bencher<'_, '_>, members: usize) {
    let (hall, mut peers) = hall(members);
    let room = hall.handle().to("hall");
    // Everybody takes what was sent before the next sample; within it, frames queue behind each other.
    bencher
        .counter(ItemsCount::new(members))
        .with_inputs(|| peers.iter_mut().for_each(|peer| _ = peer.take()))
        .bench_local_values(|()| {
            let delivery = room.emit(Said("good morning".into()));
            assert_eq!(delivery.expect("it can be written").sent, members);
        });
}
