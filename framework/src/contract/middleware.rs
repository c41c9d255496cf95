//! Middleware: functions that run around the handling of an event, and see the reply too.

use super::{EventContext, Namespace, Reply};

/// The rest of the chain after a middleware: the next middleware, or the handler.
///
/// A middleware is an `async fn(EventContext<N>, impl Next<N>) -> Reply`. It can inspect the event, reject it with
/// [`EventContext::refuse`], run the rest of the chain, and inspect the reply. Written as `Self::f` in
/// `middleware(..)`, it takes the namespace's `&self` as its first parameter. A middleware with settings is a value:
/// see [`Middleware`].
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
// A generic parameter instead of a `dyn` trait: the macro knows the chain, so no box and no list are needed.
pub trait Next<N: Namespace>: Send {
    /// Runs the rest of the chain.
    fn run(self, event: EventContext<N>) -> impl Future<Output = Reply> + Send;
}

/// A middleware that is a value, typically because it has settings, like [`RateLimit`](crate::RateLimit).
///
/// In `middleware(..)`, a name refers to a function. Anything else is an expression that evaluates to such a value, and
/// can use the namespace as `self`. It is evaluated for each event, so a value that is expensive to create belongs in a
/// field: `middleware(self.log)`.
///
/// ```
/// use switchboard::prelude::*;
///
/// /// Rejects events of more than this many bytes.
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
    /// Handles an event, or passes it on to `next`.
    fn handle(&self, event: EventContext<N>, next: impl Next<N>) -> impl Future<Output = Reply> + Send;
}

/// Implements [`Next`] for a closure.
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
