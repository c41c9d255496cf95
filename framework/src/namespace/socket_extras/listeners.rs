//! The listeners of a socket, and the delivery of events to them.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::any_event::AnyEvent;
use super::middleware::Layer;
use super::{AROUND, LEAVING, NAMED, OUTGOING, Runtime};
use crate::adapter::BoxFuture;
use crate::contract::{EventContext, Listener, Namespace, Rejection, Reply};
use crate::namespace::catch_panic::{catch_panic_in, panic_message};
use crate::namespace::error::HandlerErrorKind;
use crate::namespace::reason::DisconnectReason;
use crate::namespace::socket_inner::RawSocket;
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
pub(in crate::namespace) type Watcher = Arc<dyn Fn(&Arc<RawSocket>, &AnyEvent) + Send + Sync>;
/// A hook that runs before a socket leaves its rooms.
pub(in crate::namespace) type Leaving = Box<dyn FnOnce(&Arc<RawSocket>, DisconnectReason) + Send + Sync>;
/// A hook that runs after a socket was disconnected.
pub(in crate::namespace) type Left =
    Box<dyn FnOnce(Arc<RawSocket>, DisconnectReason) -> BoxFuture<'static, ()> + Send + Sync>;
/// The namespace's own `disconnecting` hook, which is called for each socket.
pub(in crate::namespace) type LeftNamespace = Arc<dyn Fn(&Arc<RawSocket>, DisconnectReason) + Send + Sync>;

/// A listener for one event. Its concrete type is `Call<N>`.
struct Named {
    id: ListenerId,
    event: Box<str>,
    once: bool,
    call: Arc<dyn Any + Send + Sync>,
}

/// The result of calling a listener: a future of its reply, which is `Some` only if it fails.
type Called = Result<BoxFuture<'static, Option<Reply>>, Rejection>;

type Calling<N> = dyn Fn(&mut EventContext<N>) -> Called + Send + Sync;

struct Call<N: Namespace>(Box<Calling<N>>);

/// Everything that was added to a socket, in the order it runs.
#[derive(Default)]
pub(super) struct Lists {
    named: Vec<Named>,
    any: Vec<(ListenerId, Watcher)>,
    outgoing: Vec<(ListenerId, Watcher)>,
    pub(super) layers: Vec<(ListenerId, Layer)>,
    leaving: Vec<(ListenerId, Leaving)>,
    left: Vec<(ListenerId, Left)>,
    /// The namespace's hook that runs before a socket leaves its rooms.
    namespace_leaving: Option<LeftNamespace>,
}

impl Lists {
    pub(super) fn has_room(&self) -> bool {
        let watchers = self.any.len() + self.outgoing.len() + self.layers.len();
        self.named.len() + watchers + self.leaving.len() + self.left.len() < MAX_LISTENERS
    }

    pub(super) fn uses(&self) -> u8 {
        let bit = |there: bool, bit| if there { bit } else { 0 };
        bit(!self.named.is_empty(), NAMED)
            | bit(!self.any.is_empty() || !self.layers.is_empty(), AROUND)
            | bit(!self.outgoing.is_empty(), OUTGOING)
            | bit(!self.leaving.is_empty() || self.namespace_leaving.is_some(), LEAVING)
    }

    fn remove(&mut self, id: ListenerId) -> Option<Box<dyn Any>> {
        fn take<T: 'static>(list: &mut Vec<(ListenerId, T)>, id: ListenerId) -> Option<Box<dyn Any>> {
            let index = list.iter().position(|(other, _)| *other == id)?;
            Some(Box::new(list.remove(index).1))
        }
        if let Some(index) = self.named.iter().position(|listener| listener.id == id) {
            return Some(Box::new(self.named.remove(index).call));
        }
        take(&mut self.any, id)
            .or_else(|| take(&mut self.outgoing, id))
            .or_else(|| take(&mut self.layers, id))
            .or_else(|| take(&mut self.leaving, id))
            .or_else(|| take(&mut self.left, id))
    }
}

impl RawSocket {
    // ---- adding ----

    /// Adds a listener, hook or middleware. At the limit it is dropped, and the error hook receives an error.
    fn add(&self, add: impl FnOnce(&mut Lists, ListenerId)) -> ListenerId {
        let id = ListenerId::next();
        if !self.runtime.add(|lists| add(lists, id)) {
            let reason = format!("cannot add a listener: the limit is {MAX_LISTENERS} per socket");
            self.report("listener".to_owned(), HandlerErrorKind::Failed(reason));
        }
        id
    }

    pub(in crate::namespace) fn listen<N: Namespace, M>(
        &self,
        event: &str,
        once: bool,
        listener: impl Listener<N, M> + 'static,
    ) -> ListenerId {
        let call = Call::<N>(Box::new(move |event| listener.call(event)));
        self.add(|lists, id| lists.named.push(Named { id, event: event.into(), once, call: Arc::new(call) }))
    }

    pub(in crate::namespace) fn watch(&self, outgoing: bool, first: bool, watcher: Watcher) -> ListenerId {
        self.add(|lists, id| {
            let list = if outgoing { &mut lists.outgoing } else { &mut lists.any };
            list.insert(if first { 0 } else { list.len() }, (id, watcher));
        })
    }

    pub(in crate::namespace) fn add_layer(&self, layer: Layer) -> ListenerId {
        self.add(|lists, id| lists.layers.push((id, layer)))
    }

    pub(in crate::namespace) fn add_leaving(&self, hook: Leaving) -> ListenerId {
        self.add(|lists, id| lists.leaving.push((id, hook)))
    }

    pub(in crate::namespace) fn add_left(&self, hook: Left) -> ListenerId {
        self.add(|lists, id| lists.left.push((id, hook)))
    }

    pub(in crate::namespace) fn set_namespace_leaving(&self, hook: LeftNamespace) {
        self.runtime.add(|lists| lists.namespace_leaving = Some(hook));
    }
}

impl Runtime {
    // ---- removing: removed listeners are dropped after the lock is released ----

    pub(in crate::namespace) fn remove(&self, id: ListenerId) -> bool {
        self.rest.get().is_some() && self.change(|lists| lists.remove(id)).is_some()
    }

    /// Removes the listeners of an event, or those of all named events.
    pub(in crate::namespace) fn remove_named(&self, event: Option<&str>) {
        if self.has(NAMED) {
            let is_meant = |named: &mut Named| event.is_none_or(|event| *named.event == *event);
            drop(self.change(|lists| lists.named.extract_if(.., is_meant).collect::<Vec<_>>()));
        }
    }

    pub(in crate::namespace) fn remove_watchers(&self, outgoing: bool) {
        if self.has(AROUND | OUTGOING) {
            drop(self.change(|lists| std::mem::take(if outgoing { &mut lists.outgoing } else { &mut lists.any })));
        }
    }

    /// Returns the names of the events that have listeners.
    pub(in crate::namespace) fn events(&self) -> Vec<String> {
        let names = self.rest.get().map(|rest| {
            lock(&rest.lists).named.iter().map(|listener| listener.event.to_string()).collect::<BTreeSet<_>>()
        });
        names.into_iter().flatten().collect()
    }

    // ---- calling ----

    /// Returns the listeners of an event, and removes those added with `once`.
    fn take_named(&self, event: &str) -> Vec<Arc<dyn Any + Send + Sync>> {
        self.change(|lists| {
            let mut found = Vec::new();
            lists.named.retain(|listener| {
                let meant = *listener.event == *event;
                if meant {
                    found.push(listener.call.clone());
                }
                !(meant && listener.once)
            });
            found
        })
    }

    fn watchers(&self, outgoing: bool) -> Vec<(ListenerId, Watcher)> {
        let Some(rest) = self.rest.get() else { return Vec::new() };
        let lists = lock(&rest.lists);
        if outgoing { lists.outgoing.clone() } else { lists.any.clone() }
    }
}

impl RawSocket {
    pub(super) fn tell_incoming(self: &Arc<Self>, arguments: &Arguments) {
        let watchers = self.runtime.watchers(false);
        if let Some(event) = AnyEvent::incoming(arguments).filter(|_| !watchers.is_empty()) {
            self.tell(&watchers, &event);
        }
    }

    /// Calls the listeners for outgoing events, before an event is sent.
    #[cold]
    pub(in crate::namespace) fn tell_outgoing(self: &Arc<Self>, packet: &Encoded) {
        let event = AnyEvent::outgoing(packet, self.hub.address());
        self.tell(&self.runtime.watchers(true), &event);
    }

    fn tell(self: &Arc<Self>, watchers: &[(ListenerId, Watcher)], event: &AnyEvent) {
        for (_, watcher) in watchers {
            self.guarded(event.name(), || watcher(self, event));
        }
    }

    /// Runs the hooks before the socket leaves its rooms.
    #[cold]
    pub(in crate::namespace) fn tell_leaving(self: &Arc<Self>, reason: DisconnectReason) {
        let (hooks, namespace) =
            self.runtime.change(|lists| (std::mem::take(&mut lists.leaving), lists.namespace_leaving.take()));
        for (_, hook) in hooks {
            self.guarded("disconnecting", || hook(self, reason));
        }
        if let Some(hook) = namespace {
            self.guarded("disconnecting", || hook(self, reason));
        }
    }

    /// Runs a listener or hook. A panic is reported, and does not affect other code.
    fn guarded(&self, event: &str, run: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            self.report(event.to_owned(), HandlerErrorKind::Panicked(panic_message(&*panic)));
        }
    }

    /// Runs the hooks after the socket was disconnected.
    pub(in crate::namespace) async fn tell_left(self: &Arc<Self>, reason: DisconnectReason) {
        if self.runtime.rest.get().is_none() {
            return;
        }
        for (_, hook) in self.runtime.change(|lists| std::mem::take(&mut lists.left)) {
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
    let listeners = event.socket().raw().runtime.take_named(event.name());
    if listeners.is_empty() {
        return None;
    }
    Some(Box::pin(async move {
        for listener in listeners {
            let Some(Call(call)) = listener.downcast_ref::<Call<N>>() else { continue };
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

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lists").finish_non_exhaustive()
    }
}
