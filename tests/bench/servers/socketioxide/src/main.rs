//! The benchmark server on socketioxide and axum, written as in their documentation, with TCP_NODELAY enabled.

#![forbid(unsafe_code)]

use axum::Router;
use axum::serve::ListenerExt;
use bytes::Bytes;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        // Sending an ack fails only if the client has disconnected.
        socket.on("echo", async |ack: AckSender, Data::<Value>(payload)| drop(ack.send(&payload)));
        socket.on("echobin", async |ack: AckSender, Data::<Bytes>(payload)| drop(ack.send(&payload)));
        socket.on("join", async |socket: SocketRef, ack: AckSender, Data::<String>(room)| {
            socket.join(room);
            drop(ack.send(&true));
        });
        socket.on("leave", async |socket: SocketRef, ack: AckSender, Data::<String>(room)| {
            socket.leave(room);
            drop(ack.send(&true));
        });
        socket.on("say", async |io: SocketIo, Data::<(String, Value)>((room, payload))| {
            drop(io.to(room).emit("said", &payload).await);
        });
    });
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, Router::new().layer(layer)).await
}
