//! What is added to a socket while it runs: listeners, middleware, hooks. It ends with the socket.

use std::sync::Arc;

use serde::Serialize;

use super::engine_session::EngineSession;
use super::error::EmitError;
use super::reason::DisconnectReason;
use super::runtime::{AnyEvent, ListenerId, Remaining, SocketData, Watcher};
use super::socket::Socket;
use crate::contract::{EventContext, Listener, Namespace, Reply};
use crate::protocol::is_reserved;

/// What is added to one socket while it runs, beside what its namespace says for all.
///
/// A listener may be added at any time, in `#[on_connect]` before the first event. It belongs to the socket, and goes
/// with it. It had better not hold the `Socket` itself, but take it as a parameter.
///
/// One socket may have 1,024 listeners, hooks and middleware. Any more are dropped, and the error hook receives an error.
impl<N: Namespace> Socket<N> {
    // ---- listening ----

    /// Listens to an event of this client.
    ///
    /// A listener is an async function or closure of what a handler takes, by value: the event's arguments, and
    /// extractors, such as `Socket<N>` and [`Ack`](crate::Ack). It returns nothing, or a `Result<(), E>`. See
    /// [`Listener`].
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// struct Quiz;
    ///
    /// #[namespace("/quiz")]
    /// impl Quiz {
    ///     #[on("ask me")]
    ///     fn ask_me(&self, socket: &Socket<Self>) {
    ///         // One answer only.
    ///         socket.once("answer", async |socket: Socket<Self>, text: String, ack: Ack<bool>| {
    ///             println!("{} says {text:?}", socket.id());
    ///             drop(ack.send(text == "42"));
    ///         });
    ///     }
    /// }
    /// ```
    ///
    /// Several listeners to one event run in the order in which they were added, each when the one before has returned,
    /// and then the namespace's `#[on]` handler of that event. All of them come after the middleware of the socket and of
    /// the namespace. The first that fails, or that the arguments do not fit, ends it: the client is answered
    /// `{ "error": .. }`. An event with a listener and without a handler is acknowledged with nothing, unless a
    /// listener has taken the [`Ack`](crate::Ack).
    ///
    /// # Panics
    ///
    /// When the name is one that Socket.IO keeps for itself; for `disconnect` there is
    /// [`on_disconnect`](Self::on_disconnect).
    #[track_caller]
    pub fn on<M>(&self, event: &str, listener: impl Listener<N, M> + 'static) -> ListenerId {
        self.raw().listen(not_reserved(event), false, listener)
    }

    /// As [`on`](Self::on), for the next such event only.
    ///
    /// # Panics
    ///
    /// As [`on`](Self::on).
    #[track_caller]
    pub fn once<M>(&self, event: &str, listener: impl Listener<N, M> + 'static) -> ListenerId {
        self.raw().listen(not_reserved(event), true, listener)
    }

    /// Removes all listeners to an event. The namespace's handler stays.
    pub fn off(&self, event: &str) {
        self.raw().runtime.remove_named(Some(event));
    }

    /// Removes all listeners to events by name. Those to all events stay, and so do middleware and hooks.
    pub fn off_all(&self) {
        self.raw().runtime.remove_named(None);
    }

    /// Removes what was added, be it a listener, a middleware or a hook. False when it is not there any more.
    pub fn remove(&self, listener: ListenerId) -> bool {
        self.raw().runtime.remove(listener)
    }

    /// The names of the events that have listeners here, in alphabetical order.
    pub fn event_names(&self) -> Vec<String> {
        self.raw().runtime.events()
    }

    // ---- listening to everything ----

    /// Listens to all events of this client. These listeners hear of an event first, before any middleware, and so of
    /// those too that are then refused.
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
        self.raw().watch(false, false, watcher(listener))
    }

    /// As [`on_any`](Self::on_any), before the others.
    pub fn prepend_any(&self, listener: impl Fn(&Self, &AnyEvent) + Send + Sync + 'static) -> ListenerId {
        self.raw().watch(false, true, watcher(listener))
    }

    /// Removes the listeners to all events.
    pub fn off_any(&self) {
        self.raw().runtime.remove_watchers(false);
    }

    /// Listens to all events that this socket is sent, by broadcasts too; not to acknowledgements. It runs where the event
    /// is emitted, before that is queued.
    pub fn on_any_outgoing(&self, listener: impl Fn(&Self, &AnyEvent) + Send + Sync + 'static) -> ListenerId {
        self.raw().watch(true, false, watcher(listener))
    }

    /// As [`on_any_outgoing`](Self::on_any_outgoing), before the others.
    pub fn prepend_any_outgoing(&self, listener: impl Fn(&Self, &AnyEvent) + Send + Sync + 'static) -> ListenerId {
        self.raw().watch(true, true, watcher(listener))
    }

    /// Removes the listeners to all outgoing events.
    pub fn off_any_outgoing(&self) {
        self.raw().runtime.remove_watchers(true);
    }

    // ---- middleware ----

    /// Puts a middleware around the events of this socket: a function as `middleware(..)` of a namespace takes it. The
    /// first that was added is the outermost; all of them are outside of the namespace's own.
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
        self.raw().add_layer(super::runtime::layer(middleware))
    }

    // ---- the end ----

    /// Tells once that the socket is about to leave: it is in its rooms still, and can emit. See
    /// [`Namespace::disconnecting`] for when and where. The hooks run in the order in which they were added, and before
    /// `#[on_disconnecting]`.
    ///
    /// Nothing happens for a socket that has gone already.
    pub fn on_disconnecting(&self, hook: impl FnOnce(&Self, DisconnectReason) + Send + Sync + 'static) -> ListenerId {
        self.raw().add_leaving(Box::new(move |raw, reason| hook(&Self::new(raw.clone()), reason)))
    }

    /// Tells once that the socket has gone. The hooks run in the order in which they were added, and before
    /// `#[on_disconnect]`.
    ///
    /// Nothing happens for a socket that has gone already, nor for one that was never let in.
    pub fn on_disconnect<F, Fut>(&self, hook: F) -> ListenerId
    where
        F: FnOnce(Self, DisconnectReason) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.raw().add_left(Box::new(move |raw, reason| Box::pin(hook(Self::new(raw), reason))))
    }

    // ---- belongings ----

    /// The free data of this socket: what a program keeps here beside the session, and shows to others.
    pub fn data(&self) -> SocketData<'_> {
        self.raw().data()
    }

    /// The connection below: how it is carried, and what goes through it.
    pub fn engine(&self) -> EngineSession {
        EngineSession::new(self.raw().link.session.clone())
    }

    /// Sends an event of the name `message`, which needs no declaration: what JavaScript's `socket.on("message", …)` gets.
    /// A tuple struct is several arguments, a unit struct none, any other value one.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn send<T: Serialize>(&self, message: T) -> Result<(), EmitError> {
        self.send_event("message", &message, None, false)
    }
}

fn watcher<N: Namespace>(listener: impl Fn(&Socket<N>, &AnyEvent) + Send + Sync + 'static) -> Watcher {
    Arc::new(move |raw, event| listener(&Socket::new(raw.clone()), event))
}

#[track_caller]
fn not_reserved(event: &str) -> &str {
    assert!(!is_reserved(event), "no client sends an event of the name `{event}`");
    event
}
