//! The attacked server, with a namespace for the bystander and one for attackers.

use std::future::pending;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use axum::Router;
use switchboard::JoinError;
use switchboard::prelude::*;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::attack::Attack;

struct Echo;

#[namespace("/echo")]
impl Echo {
    #[on("echo")]
    async fn echo(&self, number: u64) -> u64 {
        number
    }
}

#[event("data")]
struct Data(String);

/// Counts the releases of blocked handlers.
#[derive(Default)]
struct Attacked((Mutex<u64>, Condvar));

#[namespace("/attacked", emits(Data))]
impl Attacked {
    #[on("echo")]
    async fn echo(&self, text: String) -> String {
        text
    }

    /// Sends text to the client, which does not have to upload it first.
    #[on("flood")]
    async fn flood(&self, socket: &Socket<Self>, packets: usize, size: usize) {
        let data = "x".repeat(size);
        for _ in 0..packets {
            if socket.emit(Data(data.clone())).is_err() {
                return;
            }
        }
    }

    #[on("join")]
    async fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    /// Closes all connections of the namespace.
    #[on("close")]
    async fn close(&self, socket: &Socket<Self>) {
        socket.namespace().close_sockets();
    }

    /// Blocks its thread until `release`.
    #[on("block", blocking)]
    fn block(&self) {
        let (released, gate) = &self.0;
        let rounds = released.lock().expect("no panic");
        let round = *rounds;
        drop(gate.wait_while(rounds, |rounds| *rounds == round));
    }

    #[on("release")]
    async fn release(&self) {
        *self.0.0.lock().expect("no panic") += 1;
        self.0.1.notify_all();
    }

    /// Never ends.
    #[on("forever")]
    async fn forever(&self, socket: &Socket<Self>) {
        // Fails if the client has disconnected.
        let _ = socket.emit(Data("begun".to_owned()));
        pending::<()>().await;
    }
}

/// Serves until the standard input is closed. The first printed line is the address, and the last one the report.
pub(crate) async fn serve(attack: &Attack) {
    let server = Server::new()
        .ping_interval(Duration::from_secs(2))
        .ping_timeout(Duration::from_secs(10))
        .on_error(|error| println!("{error}"))
        .namespace(Echo)
        .namespace(Attacked::default());
    let server = (attack.options)(server).build();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    let ended = async { drop(tokio::io::stdin().read_to_end(&mut Vec::new()).await) };
    let report = if attack.mounted {
        let app = Router::new().route_service("/socket.io/", server.service());
        let (report, reported) = tokio::sync::oneshot::channel();
        let ended = async move {
            ended.await;
            let _ = report.send(server.close().await);
        };
        axum::serve(listener, app).with_graceful_shutdown(ended).await.expect("axum serves");
        reported.await.expect("a report")
    } else {
        server.serve(listener, ended).await.expect("the server serves")
    };
    println!("{report}");
}
