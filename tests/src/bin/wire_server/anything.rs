//! A namespace that accepts every event.

use switchboard::Value;
use switchboard::prelude::*;

use crate::send;

pub(crate) struct Anything;

#[namespace("/anything")]
impl Anything {
    /// Sends every event back, and acknowledges with its name and number of arguments.
    #[fallback]
    fn other(&self, socket: &Socket<Self>, EventName(name): EventName, arguments: Rest<Value>) -> (String, usize) {
        send(socket.emit_named(&name, &arguments));
        (name, arguments.0.len())
    }

    /// Emits the event `name` to the client and returns the acknowledgement.
    #[on("ask")]
    async fn ask(&self, socket: &Socket<Self>, name: String, Rest(arguments): Rest<Value>) -> Option<Value> {
        socket.emit_named_with_ack(&name, arguments).await.ok()
    }
}
