//! The listeners of a socket, and the delivery of events to them.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::any_event::AnyEvent;
use super::middleware::AnyMiddleware;
use super::{HAS_DISCONNECTING_HOOKS, HAS_EVENT_LISTENERS, HAS_OUTGOING_LISTENERS, INTERCEPTS_EVENTS, SocketExtras};
use crate::adapter::BoxFuture;
use crate::contract::{EventContext, Listener, Namespace, Rejection, Reply};
use crate::namespace::catch_panic::{catch_panic_in, panic_message};
use crate::namespace::error::HandlerErrorKind;
use crate::namespace::reason::DisconnectReason;
use crate::namespace::socket_inner::SocketInner;
use crate::protocol::encode::Encoded;
use crate::sync::lock;
use crate::wire::Arguments;

/// Identifies a listener, hook or middleware that was added to a socket, for [`Socket::remove`](crate::Socket::remove).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListenerId(u64);

impl ListenerId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Limit of listeners, hooks and middleware per socket, because clients may cause a program to add them.
const MAX_LISTENERS: usize = 1024;

/// A listener for all events.
pub(in crate::namespace) type CatchAllListener = Arc<dyn Fn(&Arc<SocketInner>, &AnyEvent) + Send + Sync>;
/// A hook that runs before a socket leaves its rooms.
pub(in crate::namespace) type DisconnectingHook = Box<dyn FnOnce(&Arc<SocketInner>, DisconnectReason) + Send + Sync>;
/// A hook that runs after a socket was disconnected.
pub(in crate::namespace) type DisconnectHook =
    Box<dyn FnOnce(Arc<SocketInner>, DisconnectReason) -> BoxFuture<'static, ()> + Send + Sync>;
/// The namespace's own `disconnecting` hook, which is called for each socket.
pub(in crate::namespace) type NamespaceDisconnectingHook =
    Arc<dyn Fn(&Arc<SocketInner>, DisconnectReason) + Send + Sync>;

/// A listener for one event. Its concrete type is `TypedListener<N>`.
struct EventListener {
    id: ListenerId,
    event: Box<str>,
    once: bool,
    call: Arc<dyn Any + Send + Sync>,
}

/// The result of calling a listener: a future of its reply, which is `Some` only if it fails.
type CallResult = Result<BoxFuture<'static, Option<Reply>>, Rejection>;

type CallFn<N> = dyn Fn(&mut EventContext<N>) -> CallResult + Send + Sync;

struct TypedListener<N: Namespace>(Box<CallFn<N>>);

/// Everything that was added to a socket, in the order it runs.
#[derive(Default)]
pub(super) struct ListenerLists {
    by_event: Vec<EventListener>,
    incoming: Vec<(ListenerId, CatchAllListener)>,
    outgoing: Vec<(ListenerId, CatchAllListener)>,
    pub(super) middleware: Vec<(ListenerId, AnyMiddleware)>,
    disconnecting: Vec<(ListenerId, DisconnectingHook)>,
    disconnected: Vec<(ListenerId, DisconnectHook)>,
    /// The namespace's hook that runs before a socket leaves its rooms.
    namespace_disconnecting: Option<NamespaceDisconnectingHook>,
}

impl ListenerLists {
    pub(super) fn has_room(&self) -> bool {
        let catch_all = self.incoming.len() + self.outgoing.len();
        let hooks = self.disconnecting.len() + self.disconnected.len();
        self.by_event.len() + catch_all + self.middleware.len() + hooks < MAX_LISTENERS
    }

    pub(super) fn flags(&self) -> u8 {
        let bit = |is_set: bool, bit| if is_set { bit } else { 0 };
        bit(!self.by_event.is_empty(), HAS_EVENT_LISTENERS)
            | bit(!self.incoming.is_empty() || !self.middleware.is_empty(), INTERCEPTS_EVENTS)
            | bit(!self.outgoing.is_empty(), HAS_OUTGOING_LISTENERS)
            | bit(!self.disconnecting.is_empty() || self.namespace_disconnecting.is_some(), HAS_DISCONNECTING_HOOKS)
    }

    fn remove(&mut self, id: ListenerId) -> Option<Box<dyn Any>> {
        fn take<T: 'static>(list: &mut Vec<(ListenerId, T)>, id: ListenerId) -> Option<Box<dyn Any>> {
            let index = list.iter().position(|(other, _)| *other == id)?;
            Some(Box::new(list.remove(index).1))
        }
        if let Some(index) = self.by_event.iter().position(|listener| listener.id == id) {
            return Some(Box::new(self.by_event.remove(index).call));
        }
        take(&mut self.incoming, id)
            .or_else(|| take(&mut self.outgoing, id))
            .or_else(|| take(&mut self.middleware, id))
            .or_else(|| take(&mut self.disconnecting, id))
            .or_else(|| take(&mut self.disconnected, id))
    }
}

impl SocketInner {
    // ---- adding ----

    /// Adds a listener, hook or middleware. At the limit it is dropped, and the error hook receives an error.
    fn add(&self, add: impl FnOnce(&mut ListenerLists, ListenerId)) -> ListenerId {
        let id = ListenerId::next();
        if !self.extras.add(|lists| add(lists, id)) {
            let reason = format!("cannot add a listener: the limit is {MAX_LISTENERS} per socket");
            self.report("listener".to_owned(), HandlerErrorKind::Failed(reason));
        }
        id
    }

    pub(in crate::namespace) fn add_event_listener<N: Namespace, M>(
        &self,
        event: &str,
        once: bool,
        listener: impl Listener<N, M> + 'static,
    ) -> ListenerId {
        let call = TypedListener::<N>(Box::new(move |event| listener.call(event)));
        self.add(|lists, id| lists.by_event.push(EventListener { id, event: event.into(), once, call: Arc::new(call) }))
    }

    pub(in crate::namespace) fn add_catch_all(
        &self,
        outgoing: bool,
        first: bool,
        listener: CatchAllListener,
    ) -> ListenerId {
        self.add(|lists, id| {
            let list = if outgoing { &mut lists.outgoing } else { &mut lists.incoming };
            list.insert(if first { 0 } else { list.len() }, (id, listener));
        })
    }

    pub(in crate::namespace) fn add_middleware(&self, middleware: AnyMiddleware) -> ListenerId {
        self.add(|lists, id| lists.middleware.push((id, middleware)))
    }

    pub(in crate::namespace) fn add_disconnecting_hook(&self, hook: DisconnectingHook) -> ListenerId {
        self.add(|lists, id| lists.disconnecting.push((id, hook)))
    }

    pub(in crate::namespace) fn add_disconnect_hook(&self, hook: DisconnectHook) -> ListenerId {
        self.add(|lists, id| lists.disconnected.push((id, hook)))
    }

    pub(in crate::namespace) fn set_namespace_disconnecting_hook(&self, hook: NamespaceDisconnectingHook) {
        self.extras.add(|lists| lists.namespace_disconnecting = Some(hook));
    }
}

impl SocketExtras {
    // ---- removing: removed listeners are dropped after the lock is released ----

    pub(in crate::namespace) fn remove(&self, id: ListenerId) -> bool {
        self.inner.get().is_some() && self.change(|lists| lists.remove(id)).is_some()
    }

    /// Removes the listeners of an event, or those of all named events.
    pub(in crate::namespace) fn remove_event_listeners(&self, event: Option<&str>) {
        if self.has(HAS_EVENT_LISTENERS) {
            let is_match = |listener: &mut EventListener| event.is_none_or(|event| *listener.event == *event);
            drop(self.change(|lists| lists.by_event.extract_if(.., is_match).collect::<Vec<_>>()));
        }
    }

    pub(in crate::namespace) fn remove_catch_all(&self, outgoing: bool) {
        if self.has(INTERCEPTS_EVENTS | HAS_OUTGOING_LISTENERS) {
            drop(self.change(|lists| std::mem::take(if outgoing { &mut lists.outgoing } else { &mut lists.incoming })));
        }
    }

    /// Returns the names of the events that have listeners.
    pub(in crate::namespace) fn event_names(&self) -> Vec<String> {
        let names = self.inner.get().map(|inner| {
            lock(&inner.listeners).by_event.iter().map(|listener| listener.event.to_string()).collect::<BTreeSet<_>>()
        });
        names.into_iter().flatten().collect()
    }

    // ---- calling ----

    /// Returns the listeners of an event, and removes those added with `once`.
    fn take_event_listeners(&self, event: &str) -> Vec<Arc<dyn Any + Send + Sync>> {
        self.change(|lists| {
            let mut found = Vec::new();
            lists.by_event.retain(|listener| {
                let is_match = *listener.event == *event;
                if is_match {
                    found.push(listener.call.clone());
                }
                !(is_match && listener.once)
            });
            found
        })
    }

    fn catch_all_listeners(&self, outgoing: bool) -> Vec<(ListenerId, CatchAllListener)> {
        let Some(inner) = self.inner.get() else { return Vec::new() };
        let lists = lock(&inner.listeners);
        if outgoing { lists.outgoing.clone() } else { lists.incoming.clone() }
    }
}

impl SocketInner {
    pub(super) fn call_incoming_listeners(self: &Arc<Self>, arguments: &Arguments) {
        let listeners = self.extras.catch_all_listeners(false);
        if let Some(event) = AnyEvent::incoming(arguments).filter(|_| !listeners.is_empty()) {
            self.call_catch_all(&listeners, &event);
        }
    }

    /// Calls the listeners for outgoing events, before an event is sent.
    #[cold]
    pub(in crate::namespace) fn call_outgoing_listeners(self: &Arc<Self>, packet: &Encoded) {
        let event = AnyEvent::outgoing(packet, self.namespace.address());
        self.call_catch_all(&self.extras.catch_all_listeners(true), &event);
    }

    fn call_catch_all(self: &Arc<Self>, listeners: &[(ListenerId, CatchAllListener)], event: &AnyEvent) {
        for (_, listener) in listeners {
            self.run_guarded(event.name(), || listener(self, event));
        }
    }

    /// Runs the hooks before the socket leaves its rooms.
    #[cold]
    pub(in crate::namespace) fn run_disconnecting_hooks(self: &Arc<Self>, reason: DisconnectReason) {
        let (hooks, namespace) = self
            .extras
            .change(|lists| (std::mem::take(&mut lists.disconnecting), lists.namespace_disconnecting.take()));
        for (_, hook) in hooks {
            self.run_guarded("disconnecting", || hook(self, reason));
        }
        if let Some(hook) = namespace {
            self.run_guarded("disconnecting", || hook(self, reason));
        }
    }

    /// Runs a listener or hook. A panic is reported, and does not affect other code.
    fn run_guarded(&self, event: &str, run: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            self.report(event.to_owned(), HandlerErrorKind::Panicked(panic_message(&*panic)));
        }
    }

    /// Runs the hooks after the socket was disconnected.
    pub(in crate::namespace) async fn run_disconnect_hooks(self: &Arc<Self>, reason: DisconnectReason) {
        if self.extras.inner.get().is_none() {
            return;
        }
        for (_, hook) in self.extras.change(|lists| std::mem::take(&mut lists.disconnected)) {
            if let Err(panic) = catch_panic_in(async { hook(self.clone(), reason).await }).await {
                self.report("disconnect".to_owned(), HandlerErrorKind::Panicked(panic));
            }
        }
    }
}

/// Runs the listeners of an event one after the other, if there are any. Stops at the first failure, and returns its
/// reply.
#[cold]
pub(crate) fn call_listeners<N: Namespace>(event: &mut EventContext<N>) -> Option<BoxFuture<'_, Result<(), Reply>>> {
    let listeners = event.socket().inner().extras.take_event_listeners(event.name());
    if listeners.is_empty() {
        return None;
    }
    Some(Box::pin(async move {
        for listener in listeners {
            let Some(TypedListener(call)) = listener.downcast_ref::<TypedListener<N>>() else { continue };
            // Each listener reads the arguments from the first one.
            let called = event.reread(call);
            let reply = match called {
                Ok(listener) => listener.await,
                Err(rejection) => Some(event.release().reject(rejection)),
            };
            if let Some(reply) = reply {
                return Err(reply);
            }
        }
        Ok(())
    }))
}

impl fmt::Debug for ListenerLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerLists").finish_non_exhaustive()
    }
}
