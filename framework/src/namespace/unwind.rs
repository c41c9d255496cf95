//! Keeps a panic in a handler from ending more than its event.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls a future to its end, or to its panic, whose message becomes the error.
pub(super) async fn catch<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(move |cx| try_poll(future.as_mut(), cx)).await
}

/// As [`catch`], for one poll. The future is not polled again after a panic.
pub(super) fn try_poll<F: Future>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<Result<F::Output, String>> {
    match try_run(|| future.poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    }
}

/// Runs a piece of the user's code to its end, or to its panic.
pub(super) fn try_run<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    // What the code borrows is dropped with it; the framework's own state is consistent between any two
    // statements of a handler.
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_owned()
}
