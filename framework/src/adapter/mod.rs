//! What connects the servers of a cluster: the adapter.
//!
//! A server keeps its own sockets and their rooms in memory, and reaches them by itself. An adapter is told what else
//! is to be done, and tells the other servers; and it does here, by a [`Local`], what they ask for. Without an adapter
//! a server is alone.
//!
//! | here | at the others |
//! |---|---|
//! | [`Broadcast::emit`](crate::Broadcast::emit), and the other calls for many sockets | |
//! | → [`Adapter::broadcast`], after the sockets of this server have been served | → [`Local::broadcast`], or [`Local::ask`] where answers are wanted |
//! | [`AnswerSink::answer`] ← | ← [`Question::next`] |
//!
//! [`Server::cluster`](crate::Server::cluster) takes the [`Cluster`], which makes an adapter for each namespace.
//! What servers say to each other, and how, is theirs. The requests are those of Node's adapters, so that one that speaks
//! their format can serve servers of both kinds; where Node's say less, what is missing is optional here.
//!
//! # Example
//!
//! Servers of one process, which call each other instead of sending messages:
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//! use switchboard::adapter::*;
//!
//! /// The namespaces of all servers.
//! #[derive(Clone, Default)]
//! struct Process(Arc<Mutex<Vec<Local>>>);
//!
//! /// One of them.
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

/// A future that can be a trait object's answer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The servers that a server is one of: makes an adapter for each of its namespaces.
pub trait Cluster: Send + Sync + 'static {
    /// An adapter for a namespace that comes into being: when the server is built, or when the first client connects to
    /// a namespace that is made on demand. It is dropped with the namespace, of which there may be a new one by then.
    ///
    /// This must not block, and may run outside of a runtime: what has to be awaited is prepared before the server is
    /// built, or is left to a task of the cluster.
    fn adapter(&self, namespace: Local) -> Box<dyn Adapter>;

    /// The server has closed; its clients have gone. It may say so more than once.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// One namespace's way to the other servers of the cluster.
///
/// The calls without an answer return at once: they put what is to be sent into a queue of the adapter's. What cannot be
/// sent is the adapter's to report; no caller could mend it.
pub trait Adapter: Send + Sync + 'static {
    /// Sends an event to the sockets of the other servers that `target` means. This server's have it.
    ///
    /// With `answers`, the clients are asked to acknowledge: see [`AnswerSink`].
    fn broadcast(&self, target: &Target, flags: Flags, event: &Data, answers: Option<AnswerSink>);

    /// Lets sockets of the other servers enter rooms.
    fn join(&self, target: &Target, rooms: &[String]);

    /// Lets sockets of the other servers leave rooms.
    fn leave(&self, target: &Target, rooms: &[String]);

    /// Disconnects sockets of the other servers from the namespace; with `close`, their whole connections.
    fn disconnect(&self, target: &Target, close: bool);

    /// Describes sockets of the other servers. `limit` is how long the caller wants to wait; without, the adapter
    /// decides.
    fn fetch<'a>(
        &'a self,
        target: &'a Target,
        limit: Option<Duration>,
    ) -> BoxFuture<'a, Result<Vec<SocketDetails>, AdapterError>>;

    /// Sends an event to the other servers themselves.
    ///
    /// With `answers`, they are asked to acknowledge: each of them counts as one client, without a socket.
    fn server_side_emit(&self, flags: Flags, event: &Data, answers: Option<AnswerSink>);

    /// How many servers the cluster has, this one included.
    fn server_count(&self) -> BoxFuture<'_, Result<usize, AdapterError>>;
}

/// The other servers could not be asked, or did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", escape::message(&.0.to_string()))]
pub struct AdapterError(BoxError);

impl AdapterError {
    /// An adapter's own error, or a text.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}
