//! Middleware: functions around events, that see the reply too.

use super::{EventContext, Namespace, Reply};

/// What comes after a middleware: the next one, or the handler.
///
/// A middleware is an `async fn(EventContext<N>, impl Next<N>) -> Reply`. It may look at the event, refuse it with
/// [`EventContext::refuse`], run the rest of the chain, and look at the reply. Named as `Self::f` in `middleware(..)`,
/// it takes the namespace's `&self` first. What has settings of its own is a value: see [`Middleware`].
///
/// ```
/// use switchboard::prelude::*;
///
/// async fn logged<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
///     let name = event.name().to_owned();
///     let reply = next.run(event).await;
///     println!("{name:?}: {}", if reply.is_error() { "failed" } else { "done" });
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

/// A middleware that is a value: one with settings, [`RateLimit`](crate::RateLimit) for example.
///
/// In `middleware(..)`, a name is a function; anything else is an expression for such a value, which may name `self`, the
/// namespace. It is evaluated for each event: what is costly to make belongs into a field, `middleware(self.log)`.
///
/// ```
/// use switchboard::prelude::*;
///
/// /// Takes so many bytes at most.
/// struct UpTo(usize);
///
/// impl<N: Namespace> Middleware<N> for UpTo {
///     async fn handle(&self, event: EventContext<N>, next: impl Next<N>) -> Reply {
///         if event.raw().len() <= self.0 { next.run(event).await } else { event.refuse("too long") }
///     }
/// }
///
/// struct Chat {
///     in_all: UpTo,
/// }
///
/// #[namespace("/chat", middleware(self.in_all))]
/// impl Chat {
///     #[on("say", middleware(UpTo(1000)))]
///     fn say(&self, text: String) -> usize {
///         text.len()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no middleware for namespace `{N}`",
    label = "not a middleware for `{N}`",
    note = "a middleware is the name of an `async fn(EventContext<N>, impl Next<N>) -> Reply`, or a value that implements `Middleware<N>`"
)]
pub trait Middleware<N: Namespace>: Sync {
    /// Handles an event, or lets `next` do it.
    fn handle(&self, event: EventContext<N>, next: impl Next<N>) -> impl Future<Output = Reply> + Send;
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
