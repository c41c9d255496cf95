//! Blocking handlers, which run on Tokio's pool of blocking threads. Their number is limited.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::socket::Socket;
use crate::contract::Namespace;
use crate::observe::Span;

/// Limits how many blocking handlers of a server run at a time.
#[derive(Clone, Debug)]
pub(crate) struct BlockingLimit(Arc<Semaphore>);

impl BlockingLimit {
    /// Creates a limit. 0 is treated as 1, because no handler could run otherwise.
    pub(crate) fn new(handlers: usize) -> Self {
        Self(Arc::new(Semaphore::new(handlers.clamp(1, Semaphore::MAX_PERMITS))))
    }
}

impl Default for BlockingLimit {
    fn default() -> Self {
        Self::new(64)
    }
}

/// Runs a blocking handler: waits until the limit allows it, then until it returns.
///
/// If the future is dropped before the handler starts, the handler does not run. A handler that has started runs to its
/// end, and counts towards the limit until then.
pub(crate) fn run_blocking<N, R, F>(socket: &Socket<N>, handler: F) -> impl Future<Output = R> + Send + use<N, R, F>
where
    N: Namespace,
    R: Send + 'static,
    F: FnOnce(&N) -> R + Send + 'static,
{
    let inner = socket.inner();
    let (limit, handlers) = (inner.shared.blocking.0.clone(), inner.namespace.handlers::<N>());
    async move {
        // Neither the semaphore nor the value with the handlers is dropped while one of its handlers runs.
        let (Ok(permit), Some(handlers)) = (limit.acquire_owned().await, handlers) else {
            return std::future::pending().await;
        };
        let span = Span::current();
        let mut running = Running(tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| handler(&handlers))
        }));
        match (&mut running.0).await {
            Ok(returned) => returned,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is shutting down.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// A call on the blocking pool. If it has not started when this is dropped, it does not start.
struct Running<R>(JoinHandle<R>);

impl<R> Drop for Running<R> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
