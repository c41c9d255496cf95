//! The body of a response: complete in memory, or taken from its session in pieces.

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::engine::session::Session;

/// The body of a response of [`Service`](crate::Service).
#[derive(Debug)]
pub struct Body(Content);

#[derive(Debug)]
enum Content {
    Whole(Bytes),
    Delivery(Delivery),
}

impl Default for Body {
    /// An empty body.
    fn default() -> Self {
        Self(Content::Whole(Bytes::new()))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Content::Whole(bytes))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match &mut self.0 {
            Content::Whole(bytes) if bytes.is_empty() => None,
            Content::Whole(bytes) => Some(mem::take(bytes)),
            Content::Delivery(delivery) => delivery.next(),
        };
        Poll::Ready(data.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.0 {
            Content::Whole(bytes) => bytes.len() as u64,
            Content::Delivery(delivery) => delivery.left as u64,
        })
    }
}

/// A poll response that counts towards its session's queue until the connection has written all of it.
///
/// The session keeps the pieces that the connection has not requested yet, and drops them when it ends, so a client
/// that reads nothing cannot hold memory. Dropping an incomplete delivery ends the session; its packets are lost.
#[derive(Debug)]
pub(in crate::engine) struct Delivery {
    session: Arc<Session>,
    /// The number of bytes that the connection has not requested yet. Not 0 before the body is set.
    left: usize,
}

impl Delivery {
    /// Creates a delivery whose body is set later. The session already counts its bytes.
    pub(in crate::engine) fn new(session: Arc<Session>) -> Self {
        Self { session, left: usize::MAX }
    }

    /// Sets the body. Returns `None` if the session has ended.
    pub(in crate::engine) fn of(mut self, body: &[u8]) -> Option<Body> {
        let delivers = self.session.state().deliver(body);
        self.left = if delivers { body.len() } else { 0 };
        delivers.then(|| Body(Content::Delivery(self)))
    }

    fn next(&mut self) -> Option<Bytes> {
        let piece = self.session.state().take_piece()?;
        self.left = self.left.saturating_sub(piece.len());
        if self.left > 0 {
            return Some(piece);
        }
        Some(Bytes::from_owner(Last { piece, session: self.session.clone() }))
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if self.left > 0 {
            self.session.state().abort_delivery();
        }
    }
}

/// The last piece. The connection drops it after writing it.
struct Last {
    piece: Bytes,
    session: Arc<Session>,
}

impl AsRef<[u8]> for Last {
    fn as_ref(&self) -> &[u8] {
        &self.piece
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        self.session.delivered();
    }
}
