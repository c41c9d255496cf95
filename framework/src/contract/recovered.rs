//! The previous session of a recovered socket.

use std::sync::Arc;

use super::{ConnectContext, FromContext, Namespace, Rejection};

/// The session that the socket had before its connection was lost, if the socket is being recovered: see
/// [`Server::recovery`](crate::Server::recovery). For guards and `#[on_connect]`.
///
/// `#[on_connect]` creates the session of every connection, recovered or not, so permissions are checked again. Data
/// that should survive a reconnection can be copied from the previous session.
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
        Ok(Self(super::Context::socket(context).previous_session()))
    }
}
