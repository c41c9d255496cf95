//! The connection of a socket, for inspection.

use std::sync::Arc;

use super::reason::DisconnectReason;
use crate::engine::options::Transport;
use crate::engine::session::Session;
use crate::engine::watch::EnginePacket;

/// The connection that a client's sockets share: an Engine.IO session, `socket.conn` in Node.
///
/// Hooks are dropped when the connection ends. They must be fast, because packets wait for them.
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

    /// Returns the current transport.
    pub fn transport(&self) -> Transport {
        if self.0.state().is_polling() { Transport::Polling } else { Transport::WebSocket }
    }

    /// Returns the version of the Engine.IO protocol that the client uses.
    pub fn protocol(&self) -> u8 {
        if self.0.revision().is_three() { 3 } else { 4 }
    }

    /// Returns the reason why the connection ended; `None` while it is open.
    pub fn close_reason(&self) -> Option<DisconnectReason> {
        self.0.state().closed().as_ref().map(Into::into)
    }

    /// Calls `hook` once, when the client upgrades from long-polling to another transport. Not called if the client has
    /// already upgraded.
    pub fn on_upgrade(&self, hook: impl FnOnce(Transport) + Send + 'static) {
        self.0.watch.on_upgrade(Box::new(hook));
    }

    /// Calls `hook` once, when the connection ends, before its sockets are disconnected.
    pub fn on_close(&self, hook: impl FnOnce(DisconnectReason) + Send + 'static) {
        self.0.watch.on_close(Box::new(|reason| hook(reason.into())));
    }

    /// Calls `watcher` for each packet from the client, before it is handled.
    pub fn on_packet(&self, watcher: impl Fn(&EnginePacket<'_>) + Send + Sync + 'static) {
        self.0.watch.on_received(Arc::new(watcher));
    }

    /// Calls `watcher` for each message and heartbeat to the client, when a transport takes it.
    pub fn on_packet_create(&self, watcher: impl Fn(&EnginePacket<'_>) + Send + Sync + 'static) {
        self.0.watch.on_sent(Arc::new(watcher));
    }
}
