//! Namespaces: which sockets may connect, how their events are handled, and the session of each socket.

#[cfg(feature = "schema")]
use super::schema::{NamespaceSchema, Schemas};
use super::{ConnectContext, ConnectError, ConnectedContext, DisconnectContext, EventContext, PathParams, Reply};

/// A namespace of a server: its path, the type of its sockets' sessions, its event handlers and its connection hooks.
///
/// [`#[namespace]`](macro@crate::namespace) implements this trait. A manual impl can do the same, but lacks the checks
/// of the macro: that no two handlers have the same event name, and that a handler of a typed event returns the event's
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
/// // The event's bytes are no longer needed: keep only the data for the acknowledgement.
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
// The async methods repeat the bound `Sync`, so that the macro's impl can repeat it too. If a namespace is not `Sync`,
// rustc then reports this once instead of once per future.
pub trait Namespace: Sized + Send + Sync + 'static {
    /// The path that clients connect to. It starts with `/`, and contains no `,`, `?` or `#`.
    ///
    /// `{name}` in the path is a parameter, which matches one or more characters other than `/`. Literal braces are
    /// written `{{` and `}}`. A path with parameters is a pattern: each path that it matches becomes a child namespace,
    /// with its own sockets and rooms, which exists while it has sockets. All children share `&self`.
    ///
    /// Empty if the server chooses the paths, with [`Server::namespace_where`](crate::Server::namespace_where) or
    /// `Server::namespace_matching`.
    const PATH: &'static str;

    /// The names of the events that [`dispatch`](Self::dispatch) handles.
    ///
    /// Metrics count these events by name. All other names are chosen by clients, and are counted together.
    const EVENTS: &'static [&'static str] = &[];

    /// The types of the path's parameters: a tuple with one type per parameter, `()` for none. A path does not match
    /// the namespace if one of its values cannot be parsed as its type.
    type Params: PathParams;

    /// The data that the namespace keeps for each socket. Read it with [`Socket::session`](crate::Socket::session).
    ///
    /// Do not store the `Socket` in it: the two would reference each other and never be freed. Store the socket's id
    /// instead.
    type Session: Send + Sync + 'static;

    /// Decides whether a socket may connect, and creates its session.
    ///
    /// Runs before the reply to the client's CONNECT packet is sent. Events emitted to the socket here are sent after
    /// that reply.
    ///
    /// # Errors
    ///
    /// A [`ConnectError`] rejects the socket. The client's `connect_error` listeners receive its message and data.
    fn connect(
        &self,
        context: ConnectContext<Self>,
    ) -> impl Future<Output = Result<Self::Session, ConnectError>> + Send
    where
        Self: Sync;

    /// Runs when a socket is connected: after the reply to its CONNECT packet is queued, and before its first event is
    /// handled.
    ///
    /// Here [`Socket::disconnect`](crate::Socket::disconnect) takes effect at once, and broadcasts reach the socket, as
    /// in a `connection` listener of Node's server. Not called if the socket is already disconnected.
    fn connected(&self, context: ConnectedContext<Self>) -> impl Future<Output = ()> + Send
    where
        Self: Sync,
    {
        drop(context);
        async {}
    }

    /// Handles one event of a socket, and returns the reply.
    fn dispatch(&self, event: EventContext<Self>) -> impl Future<Output = Reply> + Send
    where
        Self: Sync;

    /// Runs after a socket was disconnected, exactly once for each socket that [`connect`](Self::connect) accepted,
    /// even if the client disconnected before that.
    fn disconnect(&self, context: DisconnectContext<Self>) -> impl Future<Output = ()> + Send
    where
        Self: Sync,
    {
        drop(context);
        async {}
    }

    /// Runs when a connected socket is about to be disconnected, exactly once per socket. The socket is still in its
    /// rooms and can still emit.
    ///
    /// This hook is synchronous, because the socket leaves its rooms only after it returns. It is called as soon as the
    /// disconnection is detected: by the connection's task, or inside the call that disconnects the socket, possibly in
    /// the middle of one of the socket's handlers. Events that were received before are handled between this hook and
    /// [`disconnect`](Self::disconnect).
    fn disconnecting(&self, context: DisconnectContext<Self>) {
        drop(context);
    }

    /// Enables the hook [`disconnecting`](Self::disconnecting). Default: `false`, so that it is never called.
    const HEARS_DISCONNECTING: bool = false;

    /// Returns `true` if `event` may be handled while earlier events of the same socket are still being handled.
    ///
    /// Default: `false`. The events of a socket are then handled one at a time, in the order they arrive.
    fn concurrent(event: &str) -> bool {
        let _ = event;
        false
    }

    /// Describes the namespace's events, and adds their types to `schemas`.
    #[cfg(feature = "schema")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
    fn schema(schemas: &mut Schemas) -> NamespaceSchema {
        let _ = schemas;
        NamespaceSchema::new(Self::PATH)
    }
}
