//! The body of a request. An early response, such as a refusal, leaves part of it unread.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Buf;
use http::HeaderMap;
use http::header::EXPECT;
use http_body::Body;
use tokio::time::timeout;

use super::Engine;

/// The maximum number of bytes of a refused body that are read and dropped.
const DISCARDED: usize = 16 * 1024 * 1024;

/// The body of one request.
pub(crate) struct Upload<B> {
    body: B,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    /// Nothing has been read. The client may wait for `100 Continue`, which is sent when the server starts to read.
    Unread,
    Arriving,
    /// Complete or broken.
    Done,
}

impl<B: Body + Unpin> Upload<B> {
    pub(crate) fn new(body: B) -> Self {
        let stage = if body.is_end_stream() { Stage::Done } else { Stage::Unread };
        Self { body, stage }
    }

    /// Returns `true` if the client is still sending the body, regardless of the response.
    pub(crate) fn is_arriving(&self, headers: &HeaderMap) -> bool {
        match self.stage {
            // A client that waits for `100 Continue` sends nothing after a refusal.
            Stage::Unread => !headers.contains_key(EXPECT),
            Stage::Arriving => true,
            Stage::Done => false,
        }
    }

    fn is_unread(&self) -> bool {
        self.stage == Stage::Unread
    }

    /// The length that the client announced in bytes, or 0.
    pub(super) fn announced(&self) -> u64 {
        self.body.size_hint().lower()
    }

    /// Returns the next data. `None` at the end.
    pub(super) async fn data(&mut self) -> Option<Result<B::Data, B::Error>> {
        if self.is_unread() {
            self.stage = Stage::Arriving;
        }
        while let Stage::Arriving = self.stage {
            let frame = poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await;
            if self.body.is_end_stream() || !matches!(frame, Some(Ok(_))) {
                self.stage = Stage::Done;
            }
            match frame? {
                Ok(frame) => {
                    if let Ok(data) = frame.into_data() {
                        return Some(Ok(data));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    /// Leaves the rest unread. The connection must be closed.
    pub(super) fn abandon(&mut self) {
        self.stage = Stage::Done;
    }

    /// Reads and drops the rest.
    async fn drop_rest(mut self) {
        let mut left = DISCARDED;
        while let Some(Ok(data)) = self.data().await
            && let Some(less) = left.checked_sub(data.remaining())
        {
            left = less;
        }
    }
}

impl<A: Send + Sync + 'static> Engine<A> {
    /// Reads and drops the rest of a request body, up to 16 MiB and for at most `body_timeout`.
    ///
    /// Closing a connection with unread input resets it, and the reset can overtake the response. The client would then
    /// get a network error instead of the status.
    #[cold]
    pub(crate) fn discard<B>(self: &Arc<Self>, upload: Upload<B>)
    where
        B: Body + Unpin + Send + 'static,
    {
        let engine = self.clone();
        tokio::spawn(async move {
            let mut leaving = pin!(engine.left.notified());
            // Enabled before the flag is read, so that no notification is missed in between.
            leaving.as_mut().enable();
            if !engine.leaving.load(Ordering::Acquire) {
                tokio::select! {
                    () = leaving => {}
                    _ = timeout(engine.options.body_timeout, upload.drop_rest()) => {}
                }
            }
        });
    }
}
