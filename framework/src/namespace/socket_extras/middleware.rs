//! The middleware of a single socket, which runs around the namespace's handling of an event.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::adapter::BoxFuture;
use crate::contract::{EventContext, Namespace, Next, Reply};
use crate::namespace::event_queue::Incoming;
use crate::namespace::socket_inner::RawSocket;
use crate::namespace::socket_task::Asked;
use crate::namespace::time_limit::limited_apart;
use crate::sync::lock;

/// A middleware. Its concrete type is `Around<N>`.
pub(in crate::namespace) type Layer = Arc<dyn Any + Send + Sync>;

type Handle<N> = dyn Fn(EventContext<N>, Remaining<N>) -> BoxFuture<'static, Reply> + Send + Sync;

struct Around<N: Namespace>(Box<Handle<N>>);

pub(in crate::namespace) fn layer<N, F, Fut>(middleware: F) -> Layer
where
    N: Namespace,
    F: Fn(EventContext<N>, Remaining<N>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    Arc::new(Around::<N>(Box::new(move |event, next| Box::pin(middleware(event, next)))))
}

/// The rest of the chain after a socket's own middleware: its next middleware, or the namespace with its middleware.
pub struct Remaining<N: Namespace> {
    namespace: Arc<N>,
    layers: Arc<[Layer]>,
    at: usize,
}

impl<N: Namespace> Next<N> for Remaining<N> {
    async fn run(self, event: EventContext<N>) -> Reply {
        let Self { namespace, layers, at } = self;
        match layers.get(at).and_then(|layer| layer.downcast_ref::<Around<N>>()) {
            Some(Around(middleware)) => {
                let rest = Self { namespace, layers: layers.clone(), at: at + 1 };
                middleware(event, rest).await
            }
            None => namespace.dispatch(event).await,
        }
    }
}

impl<N: Namespace> fmt::Debug for Remaining<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remaining").field("layers", &(self.layers.len() - self.at)).finish_non_exhaustive()
    }
}

/// Handles an event of a socket that has catch-all listeners or middleware. The listeners run first.
#[cold]
pub(in crate::namespace) fn around<N: Namespace>(
    namespace: Arc<N>,
    raw: Arc<RawSocket>,
    event: Incoming,
) -> BoxFuture<'static, ()> {
    raw.tell_incoming(&event.arguments);
    let (asked, context) = Asked::of(&raw, event);
    Box::pin(async move {
        let remaining = Remaining { namespace, layers: raw.layers(), at: 0 };
        let handling = asked.observed.instrument(async { remaining.run(context).await });
        let outcome = limited_apart(&raw, handling).await;
        asked.conclude(&raw, outcome);
    })
}

impl RawSocket {
    fn layers(&self) -> Arc<[Layer]> {
        lock(&self.runtime.rest().lists).layers.iter().map(|(_, layer)| layer.clone()).collect()
    }
}
