//! The traits through which the engine passes messages on. The engine does not depend on Socket.IO in any other way.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::time::Instant;

use super::close::CloseReason;
use super::session::Session;

/// Creates the application's side of each new session.
pub(crate) trait Application: Send + Sync + 'static {
    type Connection: Connection;

    fn connection(&self, session: &Arc<Session>) -> Self::Connection;
}

/// The application's side of one session. The session's task drives it.
pub(crate) trait Connection: Send + Unpin + 'static {
    /// Called once, before everything else, when the session's task first runs.
    fn begin(&mut self, cx: &mut Context<'_>);

    /// Handles a text message. An error closes the session.
    fn text(&mut self, message: &str, cx: &mut Context<'_>) -> Result<(), Violation>;

    /// Handles a binary message. An error closes the session.
    fn binary(&mut self, message: Bytes, cx: &mut Context<'_>) -> Result<(), Violation>;

    /// Polls everything that does not wait for messages. Returns `true` if anything may have changed.
    fn progress(&mut self, cx: &mut Context<'_>) -> bool;

    /// Returns `true` if another message may be handed over. Otherwise the peer's input is left unread.
    fn has_room(&self) -> bool;

    /// Returns `true` if slow handlers are the only reason for the lack of room. `false` while one of them waits for
    /// the client, which may never reply; the heartbeat detects that.
    fn is_behind(&self) -> bool;

    /// Returns `true` if no message is being handled or waiting to be handled.
    fn is_at_rest(&self) -> bool;

    /// When to call `on_deadline`.
    fn deadline(&self) -> Option<Instant>;

    /// Called when the deadline has passed. An error closes the session.
    fn on_deadline(&mut self) -> Result<(), Violation>;

    /// Called when the session has ended. No message follows.
    fn close(&mut self, reason: &CloseReason);

    /// Ready when everything that the connection started has ended.
    fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// The peer violated the protocol of the application. The session is closed.
#[derive(Debug)]
pub(crate) struct Violation;
