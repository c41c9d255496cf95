//! Listeners, middleware and hooks that are added to a socket at run time. They are removed when the socket
//! disconnects.

use std::sync::Arc;

use serde::Serialize;

use super::engine_session::EngineSession;
use super::error::EmitError;
use super::reason::DisconnectReason;
use super::socket::Socket;
use super::socket_extras::{AnyEvent, CatchAllListener, ListenerId, Remaining, SocketData};
use crate::contract::{EventContext, Listener, Namespace, Reply};
use crate::protocol::is_reserved;

/// Listeners, middleware and hooks for a single socket, in addition to those of its namespace.
///
/// They can be added at any time; in `#[on_connect]`, before the first event. They belong to the socket and are dropped
/// with it. A listener should take the `Socket` as a parameter instead of capturing it.
///
/// A socket can have up to 1,024 listeners, hooks and middleware. More are dropped, and the error hook receives an
/// error.
impl<N: Namespace> Socket<N> {
    // ---- listening ----

    /// Adds a listener for an event of this client.
    ///
    /// A listener is an async function or closure with the same parameters as a handler, taken by value: the event's
    /// arguments, and extractors such as `Socket<N>` and [`Ack`](crate::Ack). It returns nothing, or a `Result<(), E>`.
    /// See [`Listener`].
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// struct Quiz;
    ///
    /// #[namespace("/quiz")]
    /// impl Quiz {
    ///     #[on("ask me")]
    ///     fn ask_me(&self, socket: &Socket<Self>) {
    /// // Accept one answer only.
    ///         socket.once("answer", async |socket: Socket<Self>, text: String, ack: Ack<bool>| {
    ///             println!("{} says {text:?}", socket.id());
    ///             drop(ack.send(text == "42"));
    ///         });
    ///     }
    /// }
    /// ```
    ///
    /// Several listeners of an event run in the order they were added, one after the other, and then the namespace's
    /// `#[on]` handler of that event. All of them run inside the middleware of the socket and of the namespace. If one
    /// fails, or the arguments do not fit its parameters, the rest do not run, and the event is acknowledged with
    /// `{ "error": .. }`. An event that has a listener but no handler is acknowledged without a value, unless a
    /// listener extracted the [`Ack`](crate::Ack).
    ///
    /// # Panics
    ///
    /// If Socket.IO reserves the name. For `disconnect`, use [`on_disconnect`](Self::on_disconnect).
    #[track_caller]
    pub fn on<M>(&self, event: &str, listener: impl Listener<N, M> + 'static) -> ListenerId {
        self.inner().add_event_listener(not_reserved(event), false, listener)
    }

    /// Like [`on`](Self::on), for the next such event only.
    ///
    /// # Panics
    ///
    /// Like [`on`](Self::on).
    #[track_caller]
    pub fn once<M>(&self, event: &str, listener: impl Listener<N, M> + 'static) -> ListenerId {
        self.inner().add_event_listener(not_reserved(event), true, listener)
    }

    /// Removes all listeners of an event. The namespace's handler remains.
    pub fn off(&self, event: &str) {
        self.inner().extras.remove_event_listeners(Some(event));
    }

    /// Removes the listeners of all named events. Catch-all listeners, middleware and hooks remain.
    pub fn off_all(&self) {
        self.inner().extras.remove_event_listeners(None);
    }

    /// Removes a listener, middleware or hook. Returns `true` if it was still present.
    pub fn remove(&self, listener: ListenerId) -> bool {
        self.inner().extras.remove(listener)
    }

    /// Returns the names of the events that have listeners, in alphabetical order.
    pub fn event_names(&self) -> Vec<String> {
        self.inner().extras.event_names()
    }

    // ---- catch-all listeners ----

    /// Adds a listener for all events of this client. These listeners run before any middleware, so they also receive
    /// events that a middleware rejects.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {
    /// #[on_connect]
    /// fn connect(&self, socket: &Socket<Self>) {
    ///     socket.on_any(|socket, event| println!("{} sends {:?}", socket.id(), event.raw()));
    ///     socket.on_any_outgoing(|socket, event| println!("{} is sent {:?}", socket.id(), event.name()));
    /// }
    /// # }
    /// ```
    pub fn on_any(&self, listener: impl Fn(&Self, &AnyEvent) + Send + Sync + 'static) -> ListenerId {
        self.inner().add_catch_all(false, false, catch_all(listener))
    }

    /// Like [`on_any`](Self::on_any), but runs before the existing listeners.
    pub fn prepend_any(&self, listener: impl Fn(&Self, &AnyEvent) + Send + Sync + 'static) -> ListenerId {
        self.inner().add_catch_all(false, true, catch_all(listener))
    }

    /// Removes the listeners for all events.
    pub fn off_any(&self) {
        self.inner().extras.remove_catch_all(false);
    }

    /// Adds a listener for all events that are sent to this socket, including broadcasts, but not acknowledgements. It
    /// runs inside the emitting call, before the event is queued.
    pub fn on_any_outgoing(&self, listener: impl Fn(&Self, &AnyEvent) + Send + Sync + 'static) -> ListenerId {
        self.inner().add_catch_all(true, false, catch_all(listener))
    }

    /// Like [`on_any_outgoing`](Self::on_any_outgoing), but runs before the existing listeners.
    pub fn prepend_any_outgoing(&self, listener: impl Fn(&Self, &AnyEvent) + Send + Sync + 'static) -> ListenerId {
        self.inner().add_catch_all(true, true, catch_all(listener))
    }

    /// Removes the listeners for all outgoing events.
    pub fn off_any_outgoing(&self) {
        self.inner().extras.remove_catch_all(true);
    }

    // ---- middleware ----

    /// Adds a middleware for the events of this socket: a function like those in `middleware(..)` of a namespace. The
    /// first one that was added is the outermost. All of them run outside the namespace's own middleware.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {
    /// #[on("mute me")]
    /// fn mute(&self, socket: &Socket<Self>) {
    ///     socket.use_middleware(async |event, next| {
    ///         if event.name() == "say" { event.refuse("muted") } else { next.run(event).await }
    ///     });
    /// }
    /// # }
    /// ```
    pub fn use_middleware<F, Fut>(&self, middleware: F) -> ListenerId
    where
        F: Fn(EventContext<N>, Remaining<N>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Reply> + Send + 'static,
    {
        self.inner().add_middleware(super::socket_extras::erase_middleware(middleware))
    }

    // ---- disconnection ----

    /// Adds a hook that runs once, when the socket is about to be disconnected. The socket is still in its rooms and
    /// can still emit. See [`Namespace::disconnecting`] for when and where it runs. The hooks run in the order they
    /// were added, and before `#[on_disconnecting]`.
    ///
    /// The hook never runs if the socket is already disconnected.
    pub fn on_disconnecting(&self, hook: impl FnOnce(&Self, DisconnectReason) + Send + Sync + 'static) -> ListenerId {
        self.inner().add_disconnecting_hook(Box::new(move |inner, reason| hook(&Self::new(inner.clone()), reason)))
    }

    /// Adds a hook that runs once, after the socket was disconnected. The hooks run in the order they were added, and
    /// before `#[on_disconnect]`.
    ///
    /// The hook never runs if the socket is already disconnected, or if it was not accepted.
    pub fn on_disconnect<F, Fut>(&self, hook: F) -> ListenerId
    where
        F: FnOnce(Self, DisconnectReason) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.inner().add_disconnect_hook(Box::new(move |inner, reason| Box::pin(hook(Self::new(inner), reason))))
    }

    // ---- data and connection ----

    /// Returns the socket's data: JSON values that are stored besides the session, and are visible to other servers.
    pub fn data(&self) -> SocketData<'_> {
        self.inner().data()
    }

    /// Returns the underlying Engine.IO session, with its transport and packets.
    pub fn engine(&self) -> EngineSession {
        EngineSession::new(self.inner().connection.session.clone())
    }

    /// Sends an event with the name `message`, which needs no declaration. JavaScript clients receive it with
    /// `socket.on("message", …)`. A tuple struct is sent as several arguments, a unit struct as none, any other value
    /// as one.
    ///
    /// # Errors
    ///
    /// Like [`emit`](Self::emit).
    pub fn send<T: Serialize>(&self, message: T) -> Result<(), EmitError> {
        self.send_event("message", &message, None, false)
    }
}

fn catch_all<N: Namespace>(listener: impl Fn(&Socket<N>, &AnyEvent) + Send + Sync + 'static) -> CatchAllListener {
    Arc::new(move |inner, event| listener(&Socket::new(inner.clone()), event))
}

#[track_caller]
fn not_reserved(event: &str) -> &str {
    assert!(!is_reserved(event), "no client sends an event of the name `{event}`");
    event
}
