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
use super::event_queue::{Incoming, Next};
use super::reason::DisconnectReason;
use super::recovery::Turn;
use super::socket::Socket;
use super::socket_extras::{AROUND, LeftNamespace, around};
use super::socket_inner::RawSocket;
use super::time_limit::{limited, limited_apart, limited_hook};
use crate::contract::{
    ConnectContext, ConnectError, ConnectedContext, DisconnectContext, EventContext, HandlerFailure, Namespace,
    Rejection, Reply, ReplyKind,
};
use crate::observe;
use crate::protocol::encode::{self, AckSlot, Answer};
use crate::wire::ShortName;

/// The future that runs one socket, from its CONNECT packet to its disconnect hook.
pub(crate) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Handler futures up to this size, in bytes, are stored inside the driver.
const IN_PLACE: usize = 512;

/// A namespace's handlers, as stored in the registry. All children of a pattern share them.
#[derive(Clone)]
pub(super) struct Start {
    namespace: Arc<dyn Any + Send + Sync>,
    run: Arc<dyn Fn(Arc<RawSocket>) -> Driver + Send + Sync>,
}

impl Start {
    pub(super) fn new<N: Namespace>(namespace: N) -> Self {
        let namespace = Arc::new(namespace);
        let shared = namespace.clone();
        let in_place = size_of_dispatch::<N>() <= IN_PLACE;
        let start = move |socket: Arc<RawSocket>| -> Driver {
            let namespace = namespace.clone();
            let span = observe::Span::namespace(socket.hub.path(), socket.id());
            if N::HEARS_DISCONNECTING {
                socket.set_namespace_leaving(leaving(&namespace));
            }
            if in_place {
                Box::pin(span.instrument(drive::<N, InPlace>(namespace, socket)))
            } else {
                Box::pin(span.instrument(drive::<N, Boxed>(namespace, socket)))
            }
        };
        Self { namespace: shared, run: Arc::new(start) }
    }

    pub(super) fn run(&self, socket: Arc<RawSocket>) -> Driver {
        (self.run)(socket)
    }

    /// Returns the handlers, for code that may outlive them.
    pub(super) fn namespace(&self) -> Weak<dyn Any + Send + Sync> {
        Arc::downgrade(&self.namespace)
    }
}

/// Returns the size of the future that handles an event.
fn size_of_dispatch<N: Namespace>() -> usize {
    fn size<N: Namespace, F>(_: impl FnOnce(&'static N, EventContext<N>) -> F) -> usize {
        size_of::<F>()
    }
    size(|namespace: &'static N, event| namespace.dispatch(event))
}

/// Where a handler's future is stored while it runs. A type parameter, because with an `if`, the driver would reserve
/// space for both variants.
trait Placement: Send + 'static {
    type Placed<F: Future + Send>: Future<Output = F::Output> + Send;

    fn place<F: Future + Send>(future: F) -> Self::Placed<F>;
}

struct InPlace;
struct Boxed;

impl Placement for InPlace {
    type Placed<F: Future + Send> = F;

    fn place<F: Future + Send>(future: F) -> F {
        future
    }
}

impl Placement for Boxed {
    type Placed<F: Future + Send> = Pin<Box<F>>;

    fn place<F: Future + Send>(future: F) -> Pin<Box<F>> {
        Box::pin(future)
    }
}

async fn drive<N: Namespace, P: Placement>(namespace: Arc<N>, raw: Arc<RawSocket>) {
    // The hooks run once per connection. They are boxed, so that they take no space in an idle socket.
    let Some(_turn) = Box::pin(connect(&*namespace, &raw)).await else {
        raw.runtime.end();
        return;
    };
    loop {
        match std::future::poll_fn(|_| raw.inbox.poll_next()).await {
            Next::Event(event) if raw.runtime.has(AROUND) => {
                let concurrent = N::concurrent(event.arguments.name()).then(|| raw.begin_concurrent());
                let handling = around(namespace.clone(), raw.clone(), event);
                match concurrent {
                    Some(guard) => drop(tokio::spawn(async move {
                        handling.await;
                        drop(guard);
                    })),
                    None => handling.await,
                }
            }
            Next::Event(event) if N::concurrent(event.arguments.name()) => {
                let guard = raw.begin_concurrent();
                let (namespace, raw) = (namespace.clone(), raw.clone());
                // Created here, so that it is attributed to the socket's span.
                let (asked, context) = Asked::of(&raw, event);
                tokio::spawn(async move {
                    let handling = asked.observed.instrument(async { namespace.dispatch(context).await });
                    let outcome = limited_apart(&raw, handling).await;
                    asked.conclude(&raw, outcome);
                    drop(guard);
                });
            }
            Next::Event(event) => {
                let (asked, context) = Asked::of(&raw, event);
                // Created and pinned here, because passing the future to a function would move it, and it can be large.
                // Creating it can panic, too, in a hand-written namespace.
                let mut handling = std::pin::pin!(None);
                let make = || handling.set(Some(P::place(namespace.dispatch(context))));
                let made = catch_panic(|| asked.observed.in_scope(make));
                let mut poll = |cx: &mut Context<'_>| {
                    handling.as_mut().as_pin_mut().map_or(Poll::Pending, |handling| handling.poll(cx))
                };
                let outcome = match made {
                    Ok(()) => limited(&raw, |cx| asked.observed.in_scope(|| poll(cx))).await,
                    Err(panic) => Err(HandlerErrorKind::Panicked(panic)),
                };
                if outcome.is_err() {
                    // Dropped before the acknowledgement is sent, because it may hold an `Ack`.
                    handling.set(None);
                }
                asked.conclude(&raw, outcome);
            }
            Next::Disconnect(reason) => {
                Box::pin(disconnect(&*namespace, &raw, reason)).await;
                raw.runtime.end();
                return;
            }
        }
    }
}

/// Runs the namespace's guards and connect hook. Returns the socket's [`Turn`], which is held until its disconnect hook
/// has run; `None` if that hook must not run.
async fn connect<N: Namespace>(namespace: &N, raw: &Arc<RawSocket>) -> Option<Turn> {
    let turn = raw.turn().await;
    if raw.is_gone() {
        return None;
    }
    let context = ConnectContext::new(Socket::new(raw.clone()));
    let decision = raw.hub.observed.connect();
    let mut deciding = pin!(decision.instrument(async { namespace.connect(context).await }));
    let error = match limited(raw, |cx| deciding.as_mut().poll(cx)).await {
        Ok(Ok(session)) => {
            decision.decided(None);
            // If the client has disconnected meanwhile, the disconnect hook undoes the effects of `#[on_connect]`.
            if raw.accept(shared(session)) {
                connected(namespace, raw).await;
            }
            return Some(turn);
        }
        Ok(Err(error)) => {
            decision.decided(Some("refused"));
            error
        }
        Err(kind) => {
            let timed_out = matches!(kind, HandlerErrorKind::TimedOut);
            decision.decided(Some(if timed_out { "timed out" } else { "panicked" }));
            raw.report("connect".to_owned(), kind);
            ConnectError::new(if timed_out { "timed out" } else { "internal error" })
        }
    };
    if raw.is_connecting() {
        let is_v2 = raw.link.session.revision().is_three();
        let refusal = encode::refused(raw.hub.address(), if is_v2 { error.json_for_v2() } else { error.json() });
        let _ = raw.link.session.push(&refusal, &[], false);
        raw.detach(DisconnectReason::ServerNamespaceDisconnect);
    }
    None
}

/// Runs the namespace's hook for a socket that has just been connected.
async fn connected<N: Namespace>(namespace: &N, raw: &Arc<RawSocket>) {
    let context = ConnectedContext::new(Socket::new(raw.clone()));
    let mut hook = pin!(async { namespace.connected(context).await });
    if let Err(kind) = limited(raw, |cx| hook.as_mut().poll(cx)).await {
        raw.report("connected".to_owned(), kind);
    }
}

/// Returns the session in the form in which the socket stores it.
fn shared<S: Send + Sync + 'static>(session: S) -> Arc<dyn Any + Send + Sync> {
    /// Shared by all namespaces without a session.
    static NONE: LazyLock<Arc<()>> = LazyLock::new(Arc::default);
    if TypeId::of::<S>() == TypeId::of::<()>() { NONE.clone() } else { Arc::new(session) }
}

/// The data of an event that is needed after its handler returns.
pub(super) struct Asked {
    name: ShortName,
    ack: Option<AckSlot>,
    pub(super) observed: observe::Event,
}

impl Asked {
    #[inline(always)]
    pub(super) fn of<N: Namespace>(raw: &Arc<RawSocket>, event: Incoming) -> (Self, EventContext<N>) {
        let Incoming { arguments, ack, observed } = event;
        let observed = observed.begin(|| arguments.name(), ack.is_some());
        let asked = Self { name: arguments.short_name(), ack, observed };
        (asked, EventContext::new(Socket::new(raw.clone()), arguments, ack))
    }

    /// Acknowledges the event, and reports errors.
    #[inline(always)]
    pub(super) fn conclude(mut self, raw: &RawSocket, outcome: Result<Reply, HandlerErrorKind>) {
        let failure = match outcome.map(Reply::into_kind) {
            Ok(ReplyKind::Silent) => {
                self.observed.end();
                if let Some(slot) = self.ack {
                    raw.conclude(slot, || self.name.to_string());
                }
                return;
            }
            Ok(ReplyKind::Answered(answer)) => {
                self.observed.end();
                raw.answer(answer);
                return;
            }
            Ok(ReplyKind::Failed(failed)) => {
                if let Some(answer) = failed.answer.filter(|_| self.may_fail(raw, false)) {
                    send_failure(raw, answer);
                }
                let kind = match failed.error {
                    HandlerFailure::Internal(source) => HandlerErrorKind::Internal(source),
                    error => HandlerErrorKind::Failed(error.to_string()),
                };
                return self.report(raw, kind);
            }
            Ok(ReplyKind::Unknown) => HandlerErrorKind::Unhandled,
            Err(kind) => kind,
        };
        let told = match failure {
            HandlerErrorKind::Unhandled => Rejection::new(format_args!("no handler for `{}`", self.name)),
            HandlerErrorKind::TimedOut => Rejection::new("timed out"),
            // The client is not shown the message of a panic.
            _ => Rejection::new("internal error"),
        };
        let ignored = matches!(failure, HandlerErrorKind::Unhandled) && raw.shared.ignore_unknown_events;
        // An `Ack` that a middleware extracted can still be used.
        let interrupted = ignored || matches!(failure, HandlerErrorKind::Panicked(_) | HandlerErrorKind::TimedOut);
        if self.may_fail(raw, interrupted)
            && !ignored
            && let Some(answer) = self.ack.and_then(|slot| slot.failure(&told).ok())
        {
            send_failure(raw, answer);
        }
        self.report(raw, failure);
    }

    /// Reports an error to the server, within the event's span.
    #[cold]
    fn report(mut self, raw: &RawSocket, failure: HandlerErrorKind) {
        self.observed.fail(&failure);
        let Self { name, observed, .. } = self;
        observed.in_scope(|| raw.report(name.to_string(), failure));
    }

    /// Returns `true` if a failure may be sent as the acknowledgement, because none was sent yet.
    fn may_fail(&self, raw: &RawSocket, interrupted: bool) -> bool {
        self.ack.is_some_and(|slot| raw.may_fail(slot, interrupted))
    }
}

/// Returns the namespace's hook that runs before a socket leaves its rooms.
fn leaving<N: Namespace>(namespace: &Arc<N>) -> LeftNamespace {
    let namespace = namespace.clone();
    Arc::new(move |raw, reason| {
        namespace.disconnecting(DisconnectContext::new(Socket::new(raw.clone()), reason, "disconnecting"));
    })
}

async fn disconnect<N: Namespace>(namespace: &N, raw: &Arc<RawSocket>, reason: DisconnectReason) {
    let hooks = pin!(async {
        raw.tell_left(reason).await;
        let context = DisconnectContext::new(Socket::new(raw.clone()), reason, "disconnect");
        let span = observe::disconnected(reason);
        span.instrument(async { namespace.disconnect(context).await }).await;
    });
    if let Err(kind) = limited_hook(raw, hooks).await {
        raw.report("disconnect".to_owned(), kind);
    }
}

/// Like [`RawSocket::answer`], but not inlined, because failures are rare.
#[cold]
fn send_failure(raw: &RawSocket, answer: Answer) {
    raw.answer(answer);
}
