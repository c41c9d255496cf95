//! Guards: functions that decide whether a socket may connect. Namespaces can share them.

use super::{ConnectContext, ConnectError, Context, FromContext, Namespace};
use crate::namespace::Socket;

/// A function that can reject a connection: an `async fn` with up to six extractors that returns
/// `Result<(), ConnectError>`. Its first parameter can be a `&Socket<N>`.
///
/// Guards run in the order of `guard(..)`, before `#[on_connect]`. After the first rejection, no other guard runs.
///
/// ```
/// use switchboard::prelude::*;
///
/// #[payload]
/// struct Token {
///     token: String,
/// }
///
/// async fn invited<N: Namespace>(_socket: &Socket<N>, Auth(auth): Auth<Token>) -> Result<(), ConnectError> {
///     if auth.token == "mellon" { Ok(()) } else { Err(ConnectError::new("speak, friend")) }
/// }
///
/// struct Moria;
///
/// #[namespace("/moria", guard(invited))]
/// impl Moria {}
/// ```
///
/// If a function does not have the right form, the compiler only reports that it is not a guard. Possible reasons:
///
/// - The function is not `async`, or its future is not `Send`.
/// - It does not return `Result<(), ConnectError>`.
/// - A parameter is not an extractor for [`ConnectContext`], for example an event argument, or a reference other than a
///   first `&Socket<N>`.
///
/// `M` is inferred. It distinguishes the impls for functions with different parameters. Only functions implement this
/// trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot guard namespace `{N}`",
    label = "not a guard for `{N}`",
    note = "a guard is an `async fn` of extractors that returns `Result<(), ConnectError>`"
)]
pub trait Guard<N: Namespace, M>: Sync {
    /// Extracts the function's parameters, and calls it.
    fn check(&self, context: &mut ConnectContext<N>) -> impl Future<Output = Result<(), ConnectError>> + Send;
}

/// Marks a guard whose first parameter is a `&Socket<N>`.
#[derive(Debug)]
pub struct ByRef;

/// The future of `async fn(&Socket<N>, ..)` borrows the socket. A trait with a lifetime can name its type, which a
/// bound on `Fn` cannot.
pub trait RefGuard<'a, N: Namespace, A>: Sync {
    /// The future that the function returns.
    type Future: Future<Output = Result<(), ConnectError>> + Send + 'a;
    /// Calls the function.
    fn call(&self, socket: &'a Socket<N>, arguments: A) -> Self::Future;
}

macro_rules! guards {
    ($( [$($arg:ident)*] )*) => { $(
        #[allow(non_snake_case, reason = "a parameter's type and its value share a name")]
        #[allow(unused_variables, reason = "a guard without parameters extracts nothing")]
        impl<N, Function, Fut, $($arg,)*> Guard<N, ($($arg,)*)> for Function
        where
            N: Namespace,
            Function: Fn($($arg),*) -> Fut + Sync,
            Fut: Future<Output = Result<(), ConnectError>> + Send,
            $( $arg: FromContext<ConnectContext<N>> + Send, )*
        {
            async fn check(&self, context: &mut ConnectContext<N>) -> Result<(), ConnectError> {
                $( let $arg = $arg::from_context(context)?; )*
                self($($arg),*).await
            }
        }

        #[allow(non_snake_case, reason = "a parameter's type and its value share a name")]
        impl<'a, N, Function, Fut, $($arg,)*> RefGuard<'a, N, ($($arg,)*)> for Function
        where
            N: Namespace,
            Function: Fn(&'a Socket<N>, $($arg),*) -> Fut + Sync,
            Fut: Future<Output = Result<(), ConnectError>> + Send + 'a,
        {
            type Future = Fut;

            fn call(&self, socket: &'a Socket<N>, ($($arg,)*): ($($arg,)*)) -> Fut {
                self(socket, $($arg),*)
            }
        }

        #[allow(non_snake_case, reason = "a parameter's type and its value share a name")]
        impl<N, Function, $($arg,)*> Guard<N, (ByRef, $($arg,)*)> for Function
        where
            N: Namespace,
            Function: for<'a> RefGuard<'a, N, ($($arg,)*)>,
            $( $arg: FromContext<ConnectContext<N>> + Send, )*
        {
            async fn check(&self, context: &mut ConnectContext<N>) -> Result<(), ConnectError> {
                $( let $arg = $arg::from_context(context)?; )*
                self.call(context.socket(), ($($arg,)*)).await
            }
        }
    )* }
}

guards! { [] [A] [A B] [A B C] [A B C D] [A B C D E] [A B C D E F] }
