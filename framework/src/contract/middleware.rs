//! Middleware: functions around events, that see the reply too.

use super::{EventContext, Namespace, Reply};

/// What comes after a middleware: the next one, or the handler.
///
/// A middleware is an `async fn(EventContext<N>, impl Next<N>) -> Reply`. It may look at the event, refuse it with
/// [`EventContext::refuse`], run the rest of the chain, and look at the reply. Named as `Self::f` in `middleware(..)`,
/// it takes the namespace's `&self` first.
///
/// ```
/// use switchboard::prelude::*;
///
/// async fn logged<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
///     let name = event.name().to_owned();
///     let reply = next.run(event).await;
///     println!("{name}: {}", if reply.is_error() { "failed" } else { "done" });
///     reply
/// }
///
/// struct Shop {
///     open: bool,
/// }
///
/// impl Shop {
///     async fn when_open(&self, event: EventContext<Self>, next: impl Next<Self>) -> Reply {
///         if self.open { next.run(event).await } else { event.refuse("closed") }
///     }
/// }
///
/// #[namespace("/shop", middleware(logged, Self::when_open))]
/// impl Shop {
///     #[on("buy")]
///     fn buy(&self, item: String) -> usize {
///         item.len()
///     }
/// }
/// ```
// A generic, not a `dyn`: the chain is known to the macro, so that it needs neither a box nor a list.
pub trait Next<N: Namespace>: Send {
    /// Runs the rest of the chain.
    fn run(self, event: EventContext<N>) -> impl Future<Output = Reply> + Send;
}

/// A closure as [`Next`].
#[derive(Debug)]
pub struct NextFn<F>(pub F);

impl<N, F, Fut> Next<N> for NextFn<F>
where
    N: Namespace,
    F: FnOnce(EventContext<N>) -> Fut + Send,
    Fut: Future<Output = Reply> + Send,
{
    fn run(self, event: EventContext<N>) -> impl Future<Output = Reply> + Send {
        (self.0)(event)
    }
}
