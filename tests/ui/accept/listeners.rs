//! Listeners, middleware and hooks that are added to a socket.
#![deny(warnings)]

use std::sync::Arc;

use switchboard::prelude::*;

#[payload]
struct Point {
    x: f64,
    y: f64,
}

struct Canvas {
    shared: Arc<String>,
}

async fn logged<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

#[allow(clippy::needless_pass_by_value, reason = "a listener takes all by value")]
async fn named(socket: Socket<Canvas>, points: Vec<Point>, ack: Ack<usize>) -> Result<(), String> {
    socket.join("drawing").map_err(|error| error.to_string())?;
    ack.send(points.len()).map_err(|error| error.to_string())
}

#[namespace("/canvas")]
impl Canvas {
    #[on_connect]
    fn connect(&self, socket: &Socket<Self>) {
        socket.on("line", named);
        socket.on("nothing", async || {});
        socket.on("many", async |_: u8, _: Option<u8>, _: String, _: Handshake, Auth(()): Auth<()>| {});
        let shared = Arc::clone(&self.shared);
        let id = socket.once("shared", move |text: String, ack: Ack<bool>| {
            let shared = Arc::clone(&shared);
            async move { drop(ack.send(*shared == text)) }
        });
        socket.use_middleware(logged);
        socket.use_middleware(
            async |event, next| if event.wants_ack() { next.run(event).await } else { event.refuse("no") },
        );
        socket.on_any(|socket, event| println!("{} {}", socket.id(), event.name()));
        socket.on_disconnecting(|socket, reason| println!("{:?} {reason}", socket.rooms()));
        socket.on_disconnect(async |socket, reason| println!("{} {reason}", socket.id()));
        assert!(socket.remove(id));
    }
}
