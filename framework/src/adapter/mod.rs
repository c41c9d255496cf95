//! Adapters, which connect the servers of a cluster.
//!
//! A server keeps its own sockets and rooms in memory. It carries out each operation on its own sockets, and then calls
//! its [`Adapter`], which forwards the operation to the other servers. Their adapters carry it out through a [`Local`].
//! A server without an adapter is not part of a cluster.
//!
//! | on this server | on the other servers |
//! |---|---|
//! | [`Broadcast::emit`](crate::Broadcast::emit), and the other operations on many sockets | |
//! | → [`Adapter::broadcast`], after the event was sent to the sockets of this server | → [`Local::broadcast`], or [`Local::ask`] if acknowledgements are requested
//! | [`AnswerSink::answer`] ← | ← [`Question::next`] |
//!
//! [`Server::cluster`](crate::Server::cluster) takes a [`Cluster`], which creates an adapter for each namespace. The
//! cluster chooses the format and the transport of the messages between servers. The operations are those of Node's
//! adapters, so an adapter that speaks Node's format can serve servers of both kinds. Fields that Node's format lacks
//! are optional here.
//!
//! # Example
//!
//! Servers in one process, which call each other instead of sending messages:
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//! use switchboard::adapter::*;
//!
//! /// The namespaces of all servers in this process.
//! #[derive(Clone, Default)]
//! struct Process(Arc<Mutex<Vec<Local>>>);
//!
//! /// The adapter of one namespace on one server.
//! struct Line {
//!     process: Process,
//!     index: usize,
//!     path: String,
//! }
//!
//! impl Cluster for Process {
//!     fn adapter(&self, namespace: Local) -> Box<dyn Adapter> {
//!         let mut all = self.0.lock().unwrap();
//!         let line = Line { process: self.clone(), index: all.len(), path: namespace.path().to_owned() };
//!         all.push(namespace);
//!         Box::new(line)
//!     }
//! }
//!
//! impl Line {
//!     fn others(&self) -> Vec<Local> {
//!         let all = self.process.0.lock().unwrap();
//!         let others = all.iter().enumerate().filter(|(index, other)| *index != self.index && other.path() == self.path);
//!         others.map(|(_, other)| other.clone()).collect()
//!     }
//! }
//!
//! impl Adapter for Line {
//!     fn broadcast(&self, target: &Target, flags: Flags, event: &Data, answers: Option<AnswerSink>) {
//!         for other in self.others() {
//!             let Some(answers) = answers.clone() else {
//!                 other.broadcast(target, flags, event);
//!                 continue;
//!             };
//!             let mut question = other.ask(target, flags, event);
//!             answers.expect(question.sockets().len());
//!             tokio::spawn(async move {
//!                 let pass_on = async {
//!                     while let Some((socket, answer)) = question.next().await {
//!                         answers.answer(Some(socket), answer);
//!                     }
//!                 };
//!                 tokio::select! { () = pass_on => {}, () = answers.closed() => {} }
//!             });
//!         }
//!     }
//!
//!     fn join(&self, target: &Target, rooms: &[String]) {
//!         self.others().iter().for_each(|other| other.join(target, rooms));
//!     }
//!
//!     fn leave(&self, target: &Target, rooms: &[String]) {
//!         self.others().iter().for_each(|other| other.leave(target, rooms));
//!     }
//!
//!     fn disconnect(&self, target: &Target, close: bool) {
//!         self.others().iter().for_each(|other| other.disconnect(target, close));
//!     }
//!
//!     fn fetch<'a>(
//!         &'a self,
//!         target: &'a Target,
//!         _limit: Option<Duration>,
//!     ) -> BoxFuture<'a, Result<Vec<SocketDetails>, AdapterError>> {
//!         Box::pin(async { Ok(self.others().iter().flat_map(|other| other.fetch(target)).collect()) })
//!     }
//!
//!     fn server_side_emit(&self, _flags: Flags, event: &Data, answers: Option<AnswerSink>) {
//!         for other in self.others() {
//!             let (event, answers) = (event.clone(), answers.clone());
//!             answers.iter().for_each(|answers| answers.expect(1));
//!             tokio::spawn(async move {
//!                 if let (Ok(answer), Some(answers)) = (other.server_side(&event).await, answers) {
//!                     answers.answer(None, answer);
//!                 }
//!             });
//!         }
//!     }
//!
//!     fn server_count(&self) -> BoxFuture<'_, Result<usize, AdapterError>> {
//!         Box::pin(async { Ok(1 + self.others().len()) })
//!     }
//! }
//!
//! let process = Process::default();
//! let servers = [(); 2].map(|()| switchboard::Server::new().cluster(process.clone()).build());
//! assert_eq!(process.0.lock().unwrap().len(), servers.len());
//! ```

mod data;
mod details;
mod target;

pub use data::{Data, DataError};
pub use details::SocketDetails;
pub use target::{Flags, Target};

pub use crate::namespace::{AnswerSink, Local, Question, ServerSideError};

use std::pin::Pin;
use std::time::Duration;

use crate::{BoxError, escape};

/// A boxed future, which makes the async methods of [`Adapter`] callable on a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A cluster of servers. Creates the adapter of each namespace.
pub trait Cluster: Send + Sync + 'static {
    /// Creates the adapter of a new namespace. Called when the server is built, and when the first client connects to a
    /// dynamic namespace. The adapter is dropped together with the namespace. By then, another namespace with the same
    /// path may already exist.
    ///
    /// This method must not block, and it may be called outside of a Tokio runtime. Do asynchronous preparations before
    /// building the server, or in a task of the cluster.
    fn adapter(&self, namespace: Local) -> Box<dyn Adapter>;

    /// Called when the server has closed and all clients are disconnected. May be called more than once.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// The connection of one namespace to the other servers of the cluster.
///
/// Methods that return nothing must return at once: they put the message into a queue of the adapter. The adapter
/// reports failed sends itself, for example in its log, because the caller could not do anything about them.
pub trait Adapter: Send + Sync + 'static {
    /// Sends an event to the sockets of the other servers that `target` selects. The sockets of this server have
    /// already received it.
    ///
    /// If `answers` is given, the clients are asked to acknowledge the event: see [`AnswerSink`].
    fn broadcast(&self, target: &Target, flags: Flags, event: &Data, answers: Option<AnswerSink>);

    /// Adds sockets of the other servers to rooms.
    fn join(&self, target: &Target, rooms: &[String]);

    /// Removes sockets of the other servers from rooms.
    fn leave(&self, target: &Target, rooms: &[String]);

    /// Disconnects sockets of the other servers from the namespace. If `close` is set, closes their connections as
    /// well.
    fn disconnect(&self, target: &Target, close: bool);

    /// Returns descriptions of sockets of the other servers. `limit` is the time that the caller is willing to wait; if
    /// it is `None`, the adapter chooses a timeout.
    fn fetch<'a>(
        &'a self,
        target: &'a Target,
        limit: Option<Duration>,
    ) -> BoxFuture<'a, Result<Vec<SocketDetails>, AdapterError>>;

    /// Sends an event to the other servers, rather than to their clients.
    ///
    /// If `answers` is given, each server is asked to acknowledge the event. An acknowledging server counts as one
    /// client without a socket id.
    fn server_side_emit(&self, flags: Flags, event: &Data, answers: Option<AnswerSink>);

    /// Returns the number of servers in the cluster, including this one.
    fn server_count(&self) -> BoxFuture<'_, Result<usize, AdapterError>>;
}

/// The error of an adapter: the other servers could not be reached, or did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", escape::message(&.0.to_string()))]
pub struct AdapterError(BoxError);

impl AdapterError {
    /// Wraps an error of the adapter, or a message.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}
