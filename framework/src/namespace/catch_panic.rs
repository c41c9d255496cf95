//! Catches panics of handlers, so that only the current event fails.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// Polls a future to its end. If it panics, returns the panic's message as the error.
pub(super) async fn catch_panic_in<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|cx| match catch_panic(|| future.as_mut().poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Calls a function. If it panics, returns the panic's message as the error.
#[inline(always)]
pub(super) fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    // Unwinding drops everything that the handler borrowed, and the framework's state is consistent between any two
    // statements of a handler.
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| panic_message(&*panic))
}

pub(super) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_owned()
}
