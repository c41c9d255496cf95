//! Runs the handlers of a socket: one future per socket, polled by the connection's task.
//!
//! Below this module, nothing is generic over the application's types. The future is boxed once per socket. For each
//! event, a small handler future is stored in place and a large one is boxed, so that an idle socket does not take the
//! memory of its largest handler.

use std::any::{Any, TypeId};
use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock, Weak};
use std::task::{Context, Poll};

use super::catch_panic::catch_panic;
use super::error::HandlerErrorKind;
use super::event_queue::{IncomingEvent, Step};
use super::reason::DisconnectReason;
use super::recovery::HandlerGuard;
use super::socket::Socket;
use super::socket_extras::{INTERCEPTS_EVENTS, NamespaceDisconnectingHook, run_with_middleware};
use super::socket_inner::SocketInner;
use super::time_limit::{limited, limited_hook, limited_in_own_task};
use crate::contract::{
    ConnectContext, ConnectError, ConnectedContext, DisconnectContext, EventContext, HandlerFailure, Namespace,
    Rejection, Reply, ReplyKind,
};
use crate::observe;
use crate::protocol::encode::{self, AckSlot, Answer};
use crate::wire::ShortName;

/// The future that runs one socket, from its CONNECT packet to its disconnect hook.
pub(crate) type SocketTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Handler futures up to this size, in bytes, are stored inside the socket task.
const MAX_INLINE: usize = 512;

/// A namespace's handlers, as stored in the registry. All children of a pattern share them.
#[derive(Clone)]
pub(super) struct Handlers {
    instance: Arc<dyn Any + Send + Sync>,
    run: Arc<dyn Fn(Arc<SocketInner>) -> SocketTask + Send + Sync>,
}

impl Handlers {
    pub(super) fn new<N: Namespace>(namespace: N) -> Self {
        let namespace = Arc::new(namespace);
        let instance = namespace.clone();
        let is_inline = size_of_dispatch::<N>() <= MAX_INLINE;
        let run = move |socket: Arc<SocketInner>| -> SocketTask {
            let namespace = namespace.clone();
            let span = observe::Span::namespace(socket.namespace.path(), socket.id());
            if N::HEARS_DISCONNECTING {
                socket.set_namespace_disconnecting_hook(disconnecting_hook(&namespace));
            }
            if is_inline {
                Box::pin(span.instrument(run_socket::<N, Inline>(namespace, socket)))
            } else {
                Box::pin(span.instrument(run_socket::<N, Boxed>(namespace, socket)))
            }
        };
        Self { instance, run: Arc::new(run) }
    }

    pub(super) fn run(&self, socket: Arc<SocketInner>) -> SocketTask {
        (self.run)(socket)
    }

    /// Returns the handlers, for code that may outlive them.
    pub(super) fn downgrade(&self) -> Weak<dyn Any + Send + Sync> {
        Arc::downgrade(&self.instance)
    }
}

/// Returns the size of the future that handles an event.
fn size_of_dispatch<N: Namespace>() -> usize {
    fn size<N: Namespace, F>(_: impl FnOnce(&'static N, EventContext<N>) -> F) -> usize {
        size_of::<F>()
    }
    size(|namespace: &'static N, event| namespace.dispatch(event))
}

/// Where a handler's future is stored while it runs. A type parameter, because with an `if`, the task would reserve
/// space for both variants.
trait FutureStorage: Send + 'static {
    type Stored<F: Future + Send>: Future<Output = F::Output> + Send;

    fn store<F: Future + Send>(future: F) -> Self::Stored<F>;
}

struct Inline;
struct Boxed;

impl FutureStorage for Inline {
    type Stored<F: Future + Send> = F;

    fn store<F: Future + Send>(future: F) -> F {
        future
    }
}

impl FutureStorage for Boxed {
    type Stored<F: Future + Send> = Pin<Box<F>>;

    fn store<F: Future + Send>(future: F) -> Pin<Box<F>> {
        Box::pin(future)
    }
}

async fn run_socket<N: Namespace, S: FutureStorage>(namespace: Arc<N>, socket: Arc<SocketInner>) {
    // The hooks run once per connection. They are boxed, so that they take no space in an idle socket.
    let Some(_guard) = Box::pin(connect(&*namespace, &socket)).await else {
        socket.extras.end();
        return;
    };
    loop {
        match std::future::poll_fn(|_| socket.event_queue.poll_next()).await {
            Step::Event(event) if socket.extras.has(INTERCEPTS_EVENTS) => {
                let concurrent = N::concurrent(event.arguments.name()).then(|| socket.begin_concurrent());
                let handling = run_with_middleware(namespace.clone(), socket.clone(), event);
                match concurrent {
                    Some(guard) => drop(tokio::spawn(async move {
                        handling.await;
                        drop(guard);
                    })),
                    None => handling.await,
                }
            }
            Step::Event(event) if N::concurrent(event.arguments.name()) => {
                let guard = socket.begin_concurrent();
                let (namespace, socket) = (namespace.clone(), socket.clone());
                // Created here, so that it is attributed to the socket's span.
                let (pending, context) = PendingEvent::new(&socket, event);
                tokio::spawn(async move {
                    let handling = pending.observed.instrument(async { namespace.dispatch(context).await });
                    let outcome = limited_in_own_task(&socket, handling).await;
                    pending.finish(&socket, outcome);
                    drop(guard);
                });
            }
            Step::Event(event) => {
                let (pending, context) = PendingEvent::new(&socket, event);
                // Created and pinned here, because passing the future to a function would move it, and it can be large.
                // Creating it can panic, too, in a hand-written namespace.
                let mut handling = std::pin::pin!(None);
                let create = || handling.set(Some(S::store(namespace.dispatch(context))));
                let created = catch_panic(|| pending.observed.in_scope(create));
                let mut poll = |cx: &mut Context<'_>| {
                    handling.as_mut().as_pin_mut().map_or(Poll::Pending, |handling| handling.poll(cx))
                };
                let outcome = match created {
                    Ok(()) => limited(&socket, |cx| pending.observed.in_scope(|| poll(cx))).await,
                    Err(panic) => Err(HandlerErrorKind::Panicked(panic)),
                };
                if outcome.is_err() {
                    // Dropped before the acknowledgement is sent, because it may hold an `Ack`.
                    handling.set(None);
                }
                pending.finish(&socket, outcome);
            }
            Step::Disconnect(reason) => {
                Box::pin(disconnect(&*namespace, &socket, reason)).await;
                socket.extras.end();
                return;
            }
        }
    }
}

/// Runs the namespace's guards and connect hook. Returns the socket's [`HandlerGuard`], which is held until its
/// disconnect hook has run; `None` if that hook must not run.
async fn connect<N: Namespace>(namespace: &N, socket: &Arc<SocketInner>) -> Option<HandlerGuard> {
    let guard = socket.lock_handlers().await;
    if socket.is_disconnected() {
        return None;
    }
    let context = ConnectContext::new(Socket::new(socket.clone()));
    let decision = socket.namespace.observed.connect();
    let mut connecting = pin!(decision.instrument(async { namespace.connect(context).await }));
    let error = match limited(socket, |cx| connecting.as_mut().poll(cx)).await {
        Ok(Ok(session)) => {
            decision.decided(None);
            // If the client has disconnected meanwhile, the disconnect hook undoes the effects of `#[on_connect]`.
            if socket.accept(erase_session(session)) {
                connected(namespace, socket).await;
            }
            return Some(guard);
        }
        Ok(Err(error)) => {
            decision.decided(Some("refused"));
            error
        }
        Err(kind) => {
            let timed_out = matches!(kind, HandlerErrorKind::TimedOut);
            decision.decided(Some(if timed_out { "timed out" } else { "panicked" }));
            socket.report("connect".to_owned(), kind);
            ConnectError::new(if timed_out { "timed out" } else { "internal error" })
        }
    };
    if socket.is_connecting() {
        let is_v2 = socket.connection.session.revision().is_three();
        let refusal =
            encode::refused(socket.namespace.address(), if is_v2 { error.json_for_v2() } else { error.json() });
        let _ = socket.connection.session.push(&refusal, &[], false);
        socket.disconnect_now(DisconnectReason::ServerNamespaceDisconnect);
    }
    None
}

/// Runs the namespace's hook for a socket that has just been connected.
async fn connected<N: Namespace>(namespace: &N, socket: &Arc<SocketInner>) {
    let context = ConnectedContext::new(Socket::new(socket.clone()));
    let mut hook = pin!(async { namespace.connected(context).await });
    if let Err(kind) = limited(socket, |cx| hook.as_mut().poll(cx)).await {
        socket.report("connected".to_owned(), kind);
    }
}

/// Returns the session in the form in which the socket stores it.
fn erase_session<S: Send + Sync + 'static>(session: S) -> Arc<dyn Any + Send + Sync> {
    /// Shared by all namespaces without a session.
    static NONE: LazyLock<Arc<()>> = LazyLock::new(Arc::default);
    if TypeId::of::<S>() == TypeId::of::<()>() { NONE.clone() } else { Arc::new(session) }
}

/// The data of an event that is needed after its handler returns.
pub(super) struct PendingEvent {
    name: ShortName,
    ack: Option<AckSlot>,
    pub(super) observed: observe::Event,
}

impl PendingEvent {
    #[inline(always)]
    pub(super) fn new<N: Namespace>(socket: &Arc<SocketInner>, event: IncomingEvent) -> (Self, EventContext<N>) {
        let IncomingEvent { arguments, ack, observed } = event;
        let observed = observed.begin(|| arguments.name(), ack.is_some());
        let pending = Self { name: arguments.short_name(), ack, observed };
        (pending, EventContext::new(Socket::new(socket.clone()), arguments, ack))
    }

    /// Acknowledges the event, and reports errors.
    #[inline(always)]
    pub(super) fn finish(mut self, socket: &SocketInner, outcome: Result<Reply, HandlerErrorKind>) {
        let failure = match outcome.map(Reply::into_kind) {
            Ok(ReplyKind::Silent) => {
                self.observed.end();
                if let Some(slot) = self.ack {
                    socket.finish_event(slot, || self.name.to_string());
                }
                return;
            }
            Ok(ReplyKind::Answered(ack)) => {
                self.observed.end();
                socket.send_ack(ack);
                return;
            }
            Ok(ReplyKind::Failed(failed)) => {
                if let Some(ack) = failed.ack.filter(|_| self.may_send_failure(socket, false)) {
                    send_failure(socket, ack);
                }
                let kind = match failed.error {
                    HandlerFailure::Internal(source) => HandlerErrorKind::Internal(source),
                    HandlerFailure::AckLooksLikeFailure => HandlerErrorKind::AckLooksLikeFailure,
                    error => HandlerErrorKind::Failed(error.to_string()),
                };
                return self.report(socket, kind);
            }
            Ok(ReplyKind::Unknown) => HandlerErrorKind::Unhandled,
            Err(kind) => kind,
        };
        let rejection = match failure {
            HandlerErrorKind::Unhandled => Rejection::new(format_args!("no handler for `{}`", self.name)),
            HandlerErrorKind::TimedOut => Rejection::new("timed out"),
            // The client is not shown the message of a panic.
            _ => Rejection::new("internal error"),
        };
        let ignored = matches!(failure, HandlerErrorKind::Unhandled) && socket.shared.ignore_unknown_events;
        // An `Ack` that a middleware extracted can still be used.
        let interrupted = ignored || matches!(failure, HandlerErrorKind::Panicked(_) | HandlerErrorKind::TimedOut);
        if self.may_send_failure(socket, interrupted)
            && !ignored
            && let Some(ack) = self.ack.and_then(|slot| slot.failure(&rejection).ok())
        {
            send_failure(socket, ack);
        }
        self.report(socket, failure);
    }

    /// Reports an error to the server, within the event's span.
    #[cold]
    fn report(mut self, socket: &SocketInner, failure: HandlerErrorKind) {
        self.observed.fail(&failure);
        let Self { name, observed, .. } = self;
        observed.in_scope(|| socket.report(name.to_string(), failure));
    }

    /// Returns `true` if a failure may be sent as the acknowledgement, because none was sent yet.
    fn may_send_failure(&self, socket: &SocketInner, interrupted: bool) -> bool {
        self.ack.is_some_and(|slot| socket.fail_event(slot, interrupted))
    }
}

/// Returns the namespace's hook that runs before a socket leaves its rooms.
fn disconnecting_hook<N: Namespace>(namespace: &Arc<N>) -> NamespaceDisconnectingHook {
    let namespace = namespace.clone();
    Arc::new(move |socket, reason| {
        namespace.disconnecting(DisconnectContext::new(Socket::new(socket.clone()), reason, "disconnecting"));
    })
}

async fn disconnect<N: Namespace>(namespace: &N, socket: &Arc<SocketInner>, reason: DisconnectReason) {
    let hooks = pin!(async {
        socket.run_disconnect_hooks(reason).await;
        let context = DisconnectContext::new(Socket::new(socket.clone()), reason, "disconnect");
        let span = observe::disconnected(reason);
        span.instrument(async { namespace.disconnect(context).await }).await;
    });
    if let Err(kind) = limited_hook(socket, hooks).await {
        socket.report("disconnect".to_owned(), kind);
    }
}

/// Like [`SocketInner::send_ack`], but not inlined, because failures are rare.
#[cold]
fn send_failure(socket: &SocketInner, ack: Answer) {
    socket.send_ack(ack);
}
