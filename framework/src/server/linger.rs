//! Closes a connection whose client is still sending.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::timeout;

/// The maximum number of bytes to read. If the client sends more, the connection is reset.
const LIMIT: usize = 1024 * 1024;
/// The time limit for reading them.
const PATIENCE: Duration = Duration::from_secs(5);

/// Discards a limited amount of input after the server's last response. Closing a connection with unread input resets
/// it, and the reset can overtake the response.
pub(super) async fn linger<S: AsyncRead + Unpin>(mut stream: S) {
    let (mut buffer, mut left) = (vec![0; 8 * 1024], LIMIT);
    let rest = poll_fn(|cx| {
        loop {
            let mut chunk = ReadBuf::new(&mut buffer);
            let read = ready!(Pin::new(&mut stream).poll_read(cx, &mut chunk));
            match chunk.filled().len() {
                1.. if read.is_ok() && left > 0 => left = left.saturating_sub(chunk.filled().len()),
                _ => return Poll::Ready(()),
            }
        }
    });
    // At the end of the stream, the limit or the timeout, the connection is closed in any case.
    let _ = timeout(PATIENCE, rest).await;
}
