//! What a session hands its messages to. The engine knows no more of Socket.IO than this.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::time::Instant;

use super::close::CloseReason;
use super::session::Session;

/// Makes the upper half of each new session.
pub(crate) trait Application: Send + Sync + 'static {
    type Connection: Connection;

    fn connection(&self, session: &Arc<Session>) -> Self::Connection;
}

/// The upper half of one session, driven by the session's task.
pub(crate) trait Connection: Send + Unpin + 'static {
    /// The session's task runs. Comes first, and once.
    fn begin(&mut self, cx: &mut Context<'_>);

    /// A text message arrived. An error closes the session.
    fn text(&mut self, message: &str, cx: &mut Context<'_>) -> Result<(), Violation>;

    /// A binary message arrived. An error closes the session.
    fn binary(&mut self, message: Bytes, cx: &mut Context<'_>) -> Result<(), Violation>;

    /// Lets what waits for something else than messages make progress. True when anything may have changed.
    fn progress(&mut self, cx: &mut Context<'_>) -> bool;

    /// Whether another message may be handed over. While not, the peer's input is left unread.
    fn has_room(&self) -> bool;

    /// Whether there is no room only because handlers are behind. Not while one of them waits for the client,
    /// whose answer may never come: then the heartbeat decides.
    fn is_behind(&self) -> bool;

    /// Whether no message is being handled or waits for it.
    fn is_at_rest(&self) -> bool;

    /// When `on_deadline` wants to be called, if at all.
    fn deadline(&self) -> Option<Instant>;

    /// The deadline has passed. An error closes the session.
    fn on_deadline(&mut self) -> Result<(), Violation>;

    /// The session has ended; no message follows.
    fn close(&mut self, reason: &CloseReason);

    /// Ready when everything that the connection started has ended.
    fn poll_finished(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// The peer broke the rules of the protocol above; the session is closed.
#[derive(Debug)]
pub(crate) struct Violation;
