//! Listeners, which are added to a socket at run time: functions with the same parameters as handlers.

use super::{EventContext, FromContext, Namespace, Rejection, Reply, Responder, reply::Unanswering};
use crate::adapter::BoxFuture;

/// A function that listens to an event: an `async fn` or an async closure with up to eight parameters, each an argument
/// of the event or an [extractor](FromContext), taken by value. It returns nothing, or a `Result<(), E>`.
///
/// Pass it to [`Socket::on`](crate::Socket::on). To acknowledge the event, add an [`Ack`](crate::Ack) parameter.
///
/// `M` is inferred. It distinguishes the impls for functions with different parameters. Only functions implement this
/// trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot listen to events of namespace `{N}`",
    label = "not a listener for `{N}`",
    note = "a listener is an `async` function of arguments and extractors, by value, that returns `()` or `Result<(), E>`",
    note = "one that moves what it captures is written `move |text: String| {{ let shared = shared.clone(); async move {{ .. }} }}`"
)]
pub trait Listener<N: Namespace, M>: Send + Sync {
    /// Extracts the function's parameters, and calls it. The future returns a reply only if the function fails.
    ///
    /// # Errors
    ///
    /// Returns a [`Rejection`] if the arguments do not fit the parameters.
    fn call(&self, event: &mut EventContext<N>) -> Result<BoxFuture<'static, Option<Reply>>, Rejection>;
}

/// Converts a listener's return value: an `Err` to a reply, `Ok` to `None`.
fn failure_reply<R: Unanswering>(returned: R, responder: Responder) -> Option<Reply> {
    let reply = returned.into_reply(responder);
    reply.is_error().then_some(reply)
}

/// Fails the build if an argument follows a `Rest`, which takes all remaining arguments.
const fn assert_rest_is_last(parameters: &[(bool, bool)]) {
    let (mut index, mut rest) = (0, false);
    while index < parameters.len() {
        let (positional, is_rest) = parameters[index];
        assert!(
            !(rest && positional),
            "`Rest` takes all remaining arguments: it has to be the listener's last argument"
        );
        rest |= is_rest;
        index += 1;
    }
}

macro_rules! listeners {
    ($( [$($arg:ident)*] )*) => { $(
        #[allow(non_snake_case, reason = "a parameter's type and its value share a name")]
        impl<N, Function, Fut, $($arg,)*> Listener<N, ($($arg,)*)> for Function
        where
            N: Namespace,
            Function: Fn($($arg),*) -> Fut + Send + Sync,
            Fut: Future<Output: Unanswering> + Send + 'static,
            $( $arg: FromContext<EventContext<N>>, )*
        {
            fn call(&self, event: &mut EventContext<N>) -> Result<BoxFuture<'static, Option<Reply>>, Rejection> {
                const {
                    assert_rest_is_last(&[$( (
                        <$arg as FromContext<EventContext<N>>>::POSITIONAL,
                        <$arg as FromContext<EventContext<N>>>::REST,
                    ) ),*]);
                }
                $( let $arg = $arg::from_context(event)?; )*
                let (responder, listening) = (event.responder(), self($($arg),*));
                Ok(Box::pin(async move { failure_reply(listening.await, responder) }))
            }
        }
    )* }
}

listeners! { [] [A] [A B] [A B C] [A B C D] [A B C D E] [A B C D E F] [A B C D E F G] [A B C D E F G H] }
