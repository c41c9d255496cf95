//! The connection below a socket, for those who want to see it.

use std::sync::Arc;

use super::reason::DisconnectReason;
use crate::engine::options::Transport;
use crate::engine::session::Session;
use crate::engine::watch::EnginePacket;

/// The connection that a client's sockets share: an Engine.IO session, `socket.conn` in Node.
///
/// Whoever watches it is forgotten when it ends, and had better not be slow: packets wait.
///
/// ```
/// # use switchboard::prelude::*;
/// # struct Chat;
/// # #[namespace("/chat")]
/// # impl Chat {
/// #[on_connect]
/// fn connect(&self, socket: &Socket<Self>) {
///     let engine = socket.engine();
///     println!("by {}", engine.transport().name());
///     engine.on_upgrade(|transport| println!("now by {}", transport.name()));
///     engine.on_close(|reason| println!("over: {reason}"));
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EngineSession(Arc<Session>);

impl EngineSession {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self(session)
    }

    /// How the connection is carried at this instant.
    pub fn transport(&self) -> Transport {
        if self.0.state().is_polling() { Transport::Polling } else { Transport::WebSocket }
    }

    /// The version of the Engine.IO protocol that the client speaks.
    pub fn protocol(&self) -> u8 {
        if self.0.revision().is_three() { 3 } else { 4 }
    }

    /// Why it has ended; `None` while it has not.
    pub fn close_reason(&self) -> Option<DisconnectReason> {
        self.0.state().closed().as_ref().map(Into::into)
    }

    /// Tells once that the client has moved from long-polling to another transport. Nothing happens if it has already.
    pub fn on_upgrade(&self, hook: impl FnOnce(Transport) + Send + 'static) {
        self.0.watch.on_upgrade(Box::new(hook));
    }

    /// Tells once why the connection has ended: before its sockets are told.
    pub fn on_close(&self, hook: impl FnOnce(DisconnectReason) + Send + 'static) {
        self.0.watch.on_close(Box::new(|reason| hook(reason.into())));
    }

    /// Shows each packet that comes from the client, before it is handled.
    pub fn on_packet(&self, watcher: impl Fn(&EnginePacket<'_>) + Send + Sync + 'static) {
        self.0.watch.on_received(Arc::new(watcher));
    }

    /// Shows each message and heartbeat to the client, at the moment at which a transport takes it.
    pub fn on_packet_create(&self, watcher: impl Fn(&EnginePacket<'_>) + Send + Sync + 'static) {
        self.0.watch.on_sent(Arc::new(watcher));
    }
}
