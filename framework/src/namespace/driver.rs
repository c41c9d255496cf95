//! What runs a socket's handlers: one future a socket, polled by the connection's task.
//!
//! This is where the user's types end. The future is boxed once a socket; within it a small handler
//! future is awaited in place and a large one is boxed, event by event, so that a resting socket does
//! not pay for its largest handler.

use std::any::{Any, TypeId};
use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock, Weak};
use std::task::{Context, Poll};

use super::error::HandlerErrorKind;
use super::inbox::{Incoming, Next};
use super::raw::RawSocket;
use super::reason::DisconnectReason;
use super::recovery::Turn;
use super::runtime::{AROUND, LeftNamespace, around};
use super::socket::Socket;
use super::time_limit::{limited, limited_apart, limited_hook};
use super::unwind::catch_now;
use crate::contract::{
    ConnectContext, ConnectError, ConnectedContext, DisconnectContext, EventContext, Namespace, Rejection, Reply,
    ReplyKind,
};
use crate::observe;
use crate::protocol::encode::{self, AckSlot, Answer};
use crate::wire::ShortName;

/// Runs one socket from its connect packet to its disconnect hook.
pub(crate) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A handler future up to this size is kept within the driver.
const IN_PLACE: usize = 512;

/// A namespace's handlers, as the registry keeps them: all children of a pattern share them.
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

    /// The handlers, for what may outlive them.
    pub(super) fn namespace(&self) -> Weak<dyn Any + Send + Sync> {
        Arc::downgrade(&self.namespace)
    }
}

/// The size of the future that handles an event.
fn size_of_dispatch<N: Namespace>() -> usize {
    fn size<N: Namespace, F>(_: impl FnOnce(&'static N, EventContext<N>) -> F) -> usize {
        size_of::<F>()
    }
    size(|namespace: &'static N, event| namespace.dispatch(event))
}

/// Where a handler's future lives while it runs. A type, since both branches of an `if` take their room.
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
    // The hooks run once a connection: boxed, they take no room in a resting socket.
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
                // Made here, where it belongs to what the socket does.
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
                // Made and pinned here: a future that is handed on is moved, whatever its size. To make it may panic as well,
                // where a namespace is written by hand.
                let mut handling = std::pin::pin!(None);
                let make = || handling.set(Some(P::place(namespace.dispatch(context))));
                let made = catch_now(|| asked.observed.in_scope(make));
                let mut poll = |cx: &mut Context<'_>| {
                    handling.as_mut().as_pin_mut().map_or(Poll::Pending, |handling| handling.poll(cx))
                };
                let outcome = match made {
                    Ok(()) => limited(&raw, |cx| asked.observed.in_scope(|| poll(cx))).await,
                    Err(panic) => Err(HandlerErrorKind::Panicked(panic)),
                };
                if outcome.is_err() {
                    // Dropped before the client is answered: it may hold an `Ack`.
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

/// Lets the namespace decide on the socket. What it returns is kept until its disconnect hook has run; nothing when that
/// is not to run.
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
            // When the client has gone meanwhile, the disconnect hook undoes what `#[on_connect]` did.
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

/// The session as the socket keeps it.
fn shared<S: Send + Sync + 'static>(session: S) -> Arc<dyn Any + Send + Sync> {
    /// Of all namespaces that have none.
    static NONE: LazyLock<Arc<()>> = LazyLock::new(Arc::default);
    if TypeId::of::<S>() == TypeId::of::<()>() { NONE.clone() } else { Arc::new(session) }
}

/// What has to be known of an event that is being handled.
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

    /// Answers the client, and reports what has gone wrong.
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
                return self.report(raw, HandlerErrorKind::Failed(failed.error.to_string()));
            }
            Ok(ReplyKind::Unknown) => HandlerErrorKind::Unhandled,
            Err(kind) => kind,
        };
        let told = match failure {
            HandlerErrorKind::Unhandled => Rejection::new(format_args!("no handler for `{}`", self.name)),
            HandlerErrorKind::TimedOut => Rejection::new("timed out"),
            // What the panic says is the server's business.
            _ => Rejection::new("internal error"),
        };
        let ignored = matches!(failure, HandlerErrorKind::Unhandled) && raw.shared.ignore_unknown_events;
        // An `Ack` that middleware took may still be answered.
        let interrupted = ignored || matches!(failure, HandlerErrorKind::Panicked(_) | HandlerErrorKind::TimedOut);
        if self.may_fail(raw, interrupted)
            && !ignored
            && let Some(answer) = self.ack.and_then(|slot| slot.failure(&told).ok())
        {
            send_failure(raw, answer);
        }
        self.report(raw, failure);
    }

    /// Tells the server, within the event's span.
    #[cold]
    fn report(mut self, raw: &RawSocket, failure: HandlerErrorKind) {
        self.observed.fail(&failure);
        let Self { name, observed, .. } = self;
        observed.in_scope(|| raw.report(name.to_string(), failure));
    }

    /// Whether the client may be told of a failure: it has no answer yet.
    fn may_fail(&self, raw: &RawSocket, interrupted: bool) -> bool {
        self.ack.is_some_and(|slot| raw.may_fail(slot, interrupted))
    }
}

/// What the namespace does before a socket leaves its rooms.
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

/// As [`RawSocket::answer`], in one place: failures are rare.
#[cold]
fn send_failure(raw: &RawSocket, answer: Answer) {
    raw.answer(answer);
}
