//! Handlers that block their thread: they run on tokio's pool of blocking threads, a limited number at a time.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::socket::Socket;
use crate::contract::Namespace;
use crate::observe::Span;

/// How many blocking handlers of a server run at a time.
#[derive(Clone, Debug)]
pub(crate) struct BlockingLimit(Arc<Semaphore>);

impl BlockingLimit {
    /// With 0 no handler would ever run: that is taken for 1.
    pub(crate) fn new(handlers: usize) -> Self {
        Self(Arc::new(Semaphore::new(handlers.clamp(1, Semaphore::MAX_PERMITS))))
    }
}

impl Default for BlockingLimit {
    fn default() -> Self {
        Self::new(64)
    }
}

/// Runs a blocking handler: waits for its turn among those of the server, then for the handler.
///
/// Dropped before the handler has begun, the future keeps it from running. A handler that has begun runs to its end, and
/// counts towards the limit until then.
pub(crate) fn run_blocking<N, R, F>(socket: &Socket<N>, handler: F) -> impl Future<Output = R> + Send + use<N, R, F>
where
    N: Namespace,
    R: Send + 'static,
    F: FnOnce(&N) -> R + Send + 'static,
{
    let raw = socket.raw();
    let (limit, namespace) = (raw.shared.blocking.0.clone(), raw.hub.namespace::<N>());
    async move {
        // Neither the semaphore nor the namespace can be gone while a handler of theirs runs.
        let (Ok(permit), Some(namespace)) = (limit.acquire_owned().await, namespace) else {
            return std::future::pending().await;
        };
        let span = Span::current();
        let mut running = Running(tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| handler(&namespace))
        }));
        match (&mut running.0).await {
            Ok(returned) => returned,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime shuts down.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// A call on the pool. It does not start once its caller has stopped waiting.
struct Running<R>(JoinHandle<R>);

impl<R> Drop for Running<R> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
