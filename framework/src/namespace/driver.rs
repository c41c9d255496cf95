//! What runs a socket's handlers: one future a socket, polled by the connection's task.
//!
//! This is where the user's types end. The future is boxed once a socket; within it a small handler
//! future is awaited in place and a large one is boxed, event by event, so that a resting socket does
//! not pay for its largest handler.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::error::HandlerErrorKind;
use super::inbox::{Incoming, Next};
use super::raw::RawSocket;
use super::reason::DisconnectReason;
use super::socket::Socket;
use super::unwind::{catch, catch_each};
use crate::contract::{
    ConnectContext, ConnectError, DisconnectContext, EventContext, Namespace, Rejection, Reply, ReplyKind,
};
use crate::protocol::encode::{self, AckSlot, Answer};
use crate::wire::ShortName;

/// Runs one socket from its connect packet to its disconnect hook.
pub(crate) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A handler future up to this size is kept within the driver.
const IN_PLACE: usize = 512;

/// A namespace's handlers, as the registry keeps them: all children of a pattern share them.
#[derive(Clone)]
pub(super) struct Start(Arc<dyn Fn(Arc<RawSocket>) -> Driver + Send + Sync>);

impl Start {
    pub(super) fn new<N: Namespace>(namespace: N) -> Self {
        let namespace = Arc::new(namespace);
        let in_place = size_of_dispatch::<N>() <= IN_PLACE;
        let start = move |socket| -> Driver {
            let namespace = namespace.clone();
            if in_place {
                Box::pin(drive::<N, InPlace>(namespace, socket))
            } else {
                Box::pin(drive::<N, Boxed>(namespace, socket))
            }
        };
        Self(Arc::new(start))
    }

    pub(super) fn run(&self, socket: Arc<RawSocket>) -> Driver {
        (self.0)(socket)
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
    if !Box::pin(connect(&*namespace, &raw)).await {
        return;
    }
    loop {
        match std::future::poll_fn(|_| raw.inbox.poll_next()).await {
            Next::Event(event) if N::concurrent(event.arguments.name()) => {
                let guard = raw.begin_concurrent();
                let (namespace, raw) = (namespace.clone(), raw.clone());
                tokio::spawn(async move {
                    let (asked, context) = Asked::of(&raw, event);
                    let outcome = catch(async { namespace.dispatch(context).await }).await;
                    asked.conclude(&raw, outcome);
                    drop(guard);
                });
            }
            Next::Event(event) => {
                let (asked, context) = Asked::of(&raw, event);
                // Made and pinned here: a future that is handed on is moved, whatever its size.
                let mut context = Some(context);
                let mut handling = std::pin::pin!(None);
                let poll = |cx: &mut Context<'_>| {
                    if let Some(context) = context.take() {
                        handling.set(Some(P::place(namespace.dispatch(context))));
                    }
                    handling.as_mut().as_pin_mut().map_or(Poll::Pending, |handling| handling.poll(cx))
                };
                let outcome = catch_each(poll).await;
                asked.conclude(&raw, outcome);
            }
            Next::Disconnect(reason) => {
                Box::pin(disconnect(&*namespace, &raw, reason)).await;
                return;
            }
        }
    }
}

/// Lets the namespace decide on the socket. True when its disconnect hook is to run one day.
async fn connect<N: Namespace>(namespace: &N, raw: &Arc<RawSocket>) -> bool {
    let context = ConnectContext::new(Socket::new(raw.clone()));
    let error = match catch(async { namespace.connect(context).await }).await {
        Ok(Ok(session)) => {
            // When the client has gone meanwhile, the hook undoes what `#[on_connect]` did.
            raw.accept(Box::new(session));
            return true;
        }
        Ok(Err(error)) => error,
        Err(panic) => {
            raw.report("connect".to_owned(), HandlerErrorKind::Panicked(panic));
            ConnectError::new("internal error")
        }
    };
    if raw.is_connecting() {
        let refusal = encode::refused(raw.hub.address(), error.json());
        let _ = raw.link.session.push(&refusal, &[], false);
        raw.detach(DisconnectReason::ServerNamespaceDisconnect);
    }
    false
}

/// What has to be known of an event that is being handled.
struct Asked {
    name: ShortName,
    ack: Option<AckSlot>,
}

impl Asked {
    #[inline(always)]
    fn of<N: Namespace>(raw: &Arc<RawSocket>, event: Incoming) -> (Self, EventContext<N>) {
        let Incoming { arguments, ack } = event;
        let asked = Self { name: arguments.short_name(), ack };
        (asked, EventContext::new(Socket::new(raw.clone()), arguments, ack))
    }

    /// Answers the client, and reports what has gone wrong.
    #[inline(always)]
    fn conclude(self, raw: &RawSocket, outcome: Result<Reply, String>) {
        let failure = match outcome.map(Reply::into_kind) {
            Ok(ReplyKind::Silent) => return,
            Ok(ReplyKind::Answered(answer)) => return send(raw, answer),
            Ok(ReplyKind::Failed(failed)) => {
                if let Some(answer) = failed.answer {
                    send_failure(raw, answer);
                }
                return raw.report(self.name.to_string(), HandlerErrorKind::Failed(failed.error.to_string()));
            }
            Ok(ReplyKind::Unknown) => HandlerErrorKind::Unhandled,
            Err(panic) => HandlerErrorKind::Panicked(panic),
        };
        let told = match failure {
            HandlerErrorKind::Unhandled => Rejection::new(format_args!("no handler for `{}`", self.name)),
            // What the panic says is the server's business.
            _ => Rejection::new("internal error"),
        };
        if let Some(answer) = self.ack.and_then(|slot| slot.failure(&told).ok()) {
            send_failure(raw, answer);
        }
        raw.report(self.name.to_string(), failure);
    }
}

async fn disconnect<N: Namespace>(namespace: &N, raw: &Arc<RawSocket>, reason: DisconnectReason) {
    let context = DisconnectContext::new(Socket::new(raw.clone()), reason);
    if let Err(panic) = catch(async { namespace.disconnect(context).await }).await {
        raw.report("disconnect".to_owned(), HandlerErrorKind::Panicked(panic));
    }
}

#[inline(always)]
fn send(raw: &RawSocket, answer: Answer) {
    // A client that has gone needs no answer.
    let _ = raw.send(&answer.behind(raw.hub.prefix()), false);
}

/// As [`send`], in one place: failures are rare.
#[cold]
fn send_failure(raw: &RawSocket, answer: Answer) {
    send(raw, answer);
}
