//! The typed contract between server and clients: events, acknowledgements, extractors, guards and middleware. The
//! macros implement these traits.

mod ack;
mod argument_list;
mod connect_error;
mod context;
mod event;
mod event_error;
mod extract;
mod guard;
mod listener;
mod middleware;
mod namespace;
mod params;
mod rate_limit;
mod recovered;
mod reply;
mod rest;
mod room;
#[cfg(feature = "schema")]
pub mod schema;
mod session;

pub use ack::{Ack, AnswerError};
pub use argument_list::ArgumentList;
pub(crate) use argument_list::ArgumentPayload;
pub use connect_error::ConnectError;
pub use context::{ConnectContext, ConnectedContext, Context, DisconnectContext, EventContext};
pub use event::{EmittedBy, Event, Received};
pub use event_error::EventError;
pub(crate) use event_error::chain;
pub(crate) use extract::read_auth;
pub use extract::{Auth, FromContext, Rejection, State};
pub use guard::Guard;
pub use listener::Listener;
pub use middleware::{Middleware, Next, NextFn};
pub use namespace::Namespace;
pub use params::{Params, PathParam, PathParams};
pub use rate_limit::RateLimit;
pub use recovered::Recovered;
pub use reply::{Acknowledgement, Answers, Failure, Reply, Responder, Unanswering};
pub(crate) use reply::{HandlerFailure, ReplyKind};
pub use rest::{EventName, Rest};
pub use room::{Room, Rooms};
pub use session::{ConnectedOutcome, Opens};
