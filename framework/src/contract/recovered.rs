//! What a socket that comes back had as its session.

use std::sync::Arc;

use super::{ConnectContext, FromContext, Namespace, Rejection};

/// The session that the socket had before its connection was cut, if it was and this is its recovery: see
/// [`Server::recovery`](crate::Server::recovery). For guards and `#[on_connect]`.
///
/// `#[on_connect]` makes the session of every connection, be it recovered or not: what a client may do is decided anew.
/// What should outlive a cut is taken over from here.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::AtomicUsize;
/// use switchboard::prelude::*;
///
/// #[payload]
/// struct Login {
///     name: String,
/// }
///
/// struct Player {
///     name: String,
///     score: Arc<AtomicUsize>,
/// }
///
/// struct Game;
///
/// #[namespace("/game", session = Player)]
/// impl Game {
///     #[on_connect]
///     fn enter(&self, Auth(login): Auth<Login>, Recovered(former): Recovered<Player>) -> Player {
///         let same = former.filter(|former| former.name == login.name);
///         Player { name: login.name, score: same.map_or_else(Arc::default, |former| former.score.clone()) }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Recovered<S>(pub Option<Arc<S>>);

impl<N: Namespace<Session = S>, S> FromContext<ConnectContext<N>> for Recovered<S> {
    fn from_context(context: &mut ConnectContext<N>) -> Result<Self, Rejection> {
        Ok(Self(super::Context::socket(context).former_session()))
    }
}
