//! A namespace: who may connect, who handles events, and what is kept for each socket.

#[cfg(feature = "schema")]
use super::schema::{NamespaceSchema, Schemas};
use super::{ConnectContext, ConnectError, ConnectedContext, DisconnectContext, EventContext, PathParams, Reply};

/// One namespace of a server: its path, its sockets' session, and what happens to their events.
///
/// [`#[namespace]`](macro@crate::namespace) writes this impl. By hand it is the same, without the checks that only
/// the macro can make: that no two handlers share a name, and that a typed handler returns its event's
/// acknowledgement.
///
/// `&self` is shared by all sockets of the namespace.
///
/// # Example
///
/// ```
/// use switchboard::prelude::*;
///
/// struct Calculator;
///
/// impl Namespace for Calculator {
///     const PATH: &'static str = "/calculator";
///     type Params = ();
///     type Session = String;
///
///     async fn connect(&self, mut context: ConnectContext<Self>) -> Result<String, ConnectError> {
///         let Auth(name) = context.extract::<Auth<Name>>()?;
///         Ok(name.name)
///     }
///
///     async fn dispatch(&self, mut event: EventContext<Self>) -> Reply {
///         match event.name() {
///             "add" => {
///                 let sum = match (event.extract::<i64>(), event.extract::<i64>()) {
///                     (Ok(a), Ok(b)) => a.checked_add(b),
///                     (Err(rejection), _) | (_, Err(rejection)) => return event.reject(rejection),
///                 };
///                 // From here on the event's own bytes are not needed: only what its answer has to know.
///                 let responder = event.into_responder();
///                 match sum {
///                     Some(sum) => responder.answer(&sum),
///                     None => responder.fail("the sum is too large"),
///                 }
///             }
///             _ => Reply::unknown(),
///         }
///     }
/// }
///
/// #[payload]
/// struct Name {
///     name: String,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a namespace",
    label = "not a namespace",
    note = "annotate its impl block: `#[namespace(\"/path\")] impl {Self} {{ .. }}`"
)]
// The async methods ask for `Sync` once more: so can the macro's impl, where rustc then says once that it is missing, and
// not of each future.
pub trait Namespace: Sized + Send + Sync + 'static {
    /// The path that clients connect to. It starts with `/`, and contains no `,`, `?` or `#`.
    ///
    /// `{name}` in it is a parameter: one character or more, and no `/`; braces themselves are written twice. The path
    /// is a pattern then, and each path that it matches a namespace of its own, a child: with its own sockets and rooms,
    /// there while it has sockets. `&self` is shared by all of them.
    ///
    /// Empty, if the server is given the paths: by [`Server::namespace_where`](crate::Server::namespace_where), or by
    /// `Server::namespace_matching`.
    const PATH: &'static str;

    /// The names of the events that [`dispatch`](Self::dispatch) handles.
    ///
    /// Metrics count these by name; all others, which clients make up, are counted together.
    const EVENTS: &'static [&'static str] = &[];

    /// The types of the path's parameters: `()` if it has none, else a tuple of one type for each. A path with a value
    /// that is not of its type is not the namespace's.
    type Params: PathParams;

    /// What the namespace keeps for each socket, read with [`Socket::session`](crate::Socket::session).
    ///
    /// Keep the socket's id in it where needed, not the `Socket`: the two would keep each other for ever.
    type Session: Send + Sync + 'static;

    /// Decides whether a socket may connect, and makes its session.
    ///
    /// Runs before the client is told that it is connected; what is emitted to the socket here follows that message.
    ///
    /// # Errors
    ///
    /// A [`ConnectError`] refuses the socket: the client's `connect_error` listener gets its message and data.
    fn connect(
        &self,
        context: ConnectContext<Self>,
    ) -> impl Future<Output = Result<Self::Session, ConnectError>> + Send
    where
        Self: Sync;

    /// Runs when a socket is connected: once the reply that tells its client so is queued, and before its first event is
    /// handled.
    ///
    /// Here [`Socket::disconnect`](crate::Socket::disconnect) takes effect at once, and broadcasts reach the socket, as in
    /// the `connection` listener of Node. It does not run for a socket that has gone by then.
    fn connected(&self, context: ConnectedContext<Self>) -> impl Future<Output = ()> + Send
    where
        Self: Sync,
    {
        drop(context);
        async {}
    }

    /// Handles one event of one socket, and says how to answer it.
    fn dispatch(&self, event: EventContext<Self>) -> impl Future<Output = Reply> + Send
    where
        Self: Sync;

    /// Runs when a socket has gone, once for each that [`connect`](Self::connect) let in, also when the client had gone
    /// by then.
    fn disconnect(&self, context: DisconnectContext<Self>) -> impl Future<Output = ()> + Send
    where
        Self: Sync,
    {
        drop(context);
        async {}
    }

    /// Runs when a socket is about to leave, once for each that was connected: it is in its rooms still, and can emit.
    ///
    /// It is not async, since the rooms wait for it. It runs where the end is noticed, as soon as it is: by the
    /// connection's task, or within the call that disconnects the socket, in the middle of one of its handlers too.
    /// Events that had arrived by then are handled between this and [`disconnect`](Self::disconnect).
    fn disconnecting(&self, context: DisconnectContext<Self>) {
        drop(context);
    }

    /// Whether there is such a hook; else [`disconnecting`](Self::disconnecting) is not called.
    const HEARS_DISCONNECTING: bool = false;

    /// Whether `event` may be handled while earlier events of the same socket still are.
    ///
    /// Without it, a socket's events are handled one at a time, in the order of their arrival.
    fn concurrent(event: &str) -> bool {
        let _ = event;
        false
    }

    /// Describes the namespace's events, and adds the types they mention to `schemas`.
    #[cfg(feature = "schema")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
    fn schema(schemas: &mut Schemas) -> NamespaceSchema {
        let _ = schemas;
        NamespaceSchema::new(Self::PATH)
    }
}
