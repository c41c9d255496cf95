//! The middleware of a single socket, which runs around the namespace's handling of an event.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::adapter::BoxFuture;
use crate::contract::{EventContext, Namespace, Next, Reply};
use crate::namespace::event_queue::IncomingEvent;
use crate::namespace::socket_inner::SocketInner;
use crate::namespace::socket_task::PendingEvent;
use crate::namespace::time_limit::limited_in_own_task;
use crate::sync::lock;

/// A middleware. Its concrete type is `SocketMiddleware<N>`.
pub(in crate::namespace) type AnyMiddleware = Arc<dyn Any + Send + Sync>;

type MiddlewareFn<N> = dyn Fn(EventContext<N>, Remaining<N>) -> BoxFuture<'static, Reply> + Send + Sync;

struct SocketMiddleware<N: Namespace>(Box<MiddlewareFn<N>>);

pub(in crate::namespace) fn erase_middleware<N, F, Fut>(middleware: F) -> AnyMiddleware
where
    N: Namespace,
    F: Fn(EventContext<N>, Remaining<N>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    Arc::new(SocketMiddleware::<N>(Box::new(move |event, next| Box::pin(middleware(event, next)))))
}

/// The rest of the chain after a socket's own middleware: its next middleware, or the namespace with its middleware.
pub struct Remaining<N: Namespace> {
    namespace: Arc<N>,
    chain: Arc<[AnyMiddleware]>,
    index: usize,
}

impl<N: Namespace> Next<N> for Remaining<N> {
    async fn run(self, event: EventContext<N>) -> Reply {
        let Self { namespace, chain, index } = self;
        match chain.get(index).and_then(|middleware| middleware.downcast_ref::<SocketMiddleware<N>>()) {
            Some(SocketMiddleware(middleware)) => {
                let remaining = Self { namespace, chain: chain.clone(), index: index + 1 };
                middleware(event, remaining).await
            }
            None => namespace.dispatch(event).await,
        }
    }
}

impl<N: Namespace> fmt::Debug for Remaining<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remaining").field("layers", &(self.chain.len() - self.index)).finish_non_exhaustive()
    }
}

/// Handles an event of a socket that has catch-all listeners or middleware. The listeners run first.
#[cold]
pub(in crate::namespace) fn run_with_middleware<N: Namespace>(
    namespace: Arc<N>,
    socket: Arc<SocketInner>,
    event: IncomingEvent,
) -> BoxFuture<'static, ()> {
    socket.call_incoming_listeners(&event.arguments);
    let (pending, context) = PendingEvent::new(&socket, event);
    Box::pin(async move {
        let remaining = Remaining { namespace, chain: socket.middleware(), index: 0 };
        let handling = pending.observed.instrument(async { remaining.run(context).await });
        let outcome = limited_in_own_task(&socket, handling).await;
        pending.finish(&socket, outcome);
    })
}

impl SocketInner {
    fn middleware(&self) -> Arc<[AnyMiddleware]> {
        lock(&self.extras.inner().listeners).middleware.iter().map(|(_, middleware)| middleware.clone()).collect()
    }
}
