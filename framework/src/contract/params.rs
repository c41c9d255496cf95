//! Typed parameters of a namespace's path.

use super::{Context, FromContext, Namespace, Rejection};
use std::{str::FromStr, sync::Arc};

/// The types of the parameters of a namespace's path: a tuple of up to eight [`PathParam`]s, `()` for none.
///
/// `#[namespace("/{org}/tenant-{id}", params(id: u32))]` declares `(String, u32)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say of which types a path's parameters are",
    note = "it is a tuple with one type for each parameter, up to eight: `(u32,)`, `(String, u32)`; `()` for none"
)]
pub trait PathParams: 'static {
    /// The value of [`Params`] and [`Socket::params`](crate::Socket::params): the tuple, or the bare value if there is
    /// only one parameter.
    type Values: Send + Sync + 'static;

    /// The number of parameters.
    const COUNT: usize;

    /// Parses the parameters. Returns `None` if a value cannot be parsed as its type.
    fn read(values: &[&str]) -> Option<Self::Values>;
}

/// A type that a path parameter can have: any that implements [`FromStr`].
///
/// If a value cannot be parsed, the path does not match the namespace. The server then tries the next pattern, and
/// rejects the client with `Invalid namespace` if none matches.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a path",
    label = "not `FromStr`",
    note = "a parameter's type implements `std::str::FromStr`, and is `Send`, `Sync` and `'static`"
)]
pub trait PathParam: FromStr + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: FromStr + Send + Sync + 'static> PathParam for T {}

impl PathParams for () {
    type Values = ();
    const COUNT: usize = 0;

    fn read(values: &[&str]) -> Option<()> {
        values.is_empty().then_some(())
    }
}

impl<A: PathParam> PathParams for (A,) {
    type Values = A;
    const COUNT: usize = 1;

    fn read(values: &[&str]) -> Option<A> {
        let &[a] = values else { return None };
        a.parse().ok()
    }
}

macro_rules! tuples {
    ($( $count:literal [$($arg:ident)*] )*) => { $(
        #[allow(non_snake_case, reason = "a parameter's type and its value share a name")]
        impl<$($arg: PathParam),*> PathParams for ($($arg,)*) {
            type Values = ($($arg,)*);
            const COUNT: usize = $count;

            fn read(values: &[&str]) -> Option<Self::Values> {
                let &[$($arg),*] = values else { return None };
                Some(($($arg.parse().ok()?,)*))
            }
        }
    )* }
}

tuples! { 2 [A B] 3 [A B C] 4 [A B C D] 5 [A B C D E] 6 [A B C D E F] 7 [A B C D E F G] 8 [A B C D E F G H] }

/// The parameters of the path that the socket is connected to. For example, `/tenant-7` has the parameter 7 in a
/// namespace declared with `#[namespace("/tenant-{id}", params(id: u32))]`.
///
/// `T` is the type of the parameter, or a tuple of several in the order of the path. It must match the namespace's
/// declaration, which the compiler checks. Paths are compared as text: `/tenant-7` and `/tenant-07` are different
/// namespaces with the same number.
///
/// ```
/// use switchboard::prelude::*;
///
/// struct Rooms;
///
/// #[namespace("/{org}/room-{number}", params(number: u32))]
/// impl Rooms {
///     #[on("where am I")]
///     fn place(&self, Params(place): Params<(String, u32)>) -> String {
///         let (org, number) = &*place;
///         format!("room {number} of {org}")
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Params<T>(pub Arc<T>);

impl<T> Clone for Params<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Context, T> FromContext<C> for Params<T>
where
    <C::Namespace as Namespace>::Params: PathParams<Values = T>,
{
    fn from_context(context: &mut C) -> Result<Self, Rejection> {
        Ok(Self(context.socket().shared_params()))
    }
}
