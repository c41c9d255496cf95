//! A cluster of servers in one process, with an adapter that is written as a user would write it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use switchboard::adapter::{
    Adapter, AdapterError, AnswerSink, BoxFuture, Cluster, Data, Flags, Local, SocketDetails, Target,
};
use switchboard_tests::endpoint::PATIENCE;

/// Connects servers in one process: their messages to each other are function calls.
#[derive(Default)]
pub(crate) struct Bus {
    pub(super) namespaces: Mutex<Vec<(u8, Local)>>,
    /// Like Node's adapters, acknowledgements do not name their socket, and disconnects are not reported.
    pub(super) terse: bool,
    pub(super) closed: Mutex<Vec<u8>>,
}

/// One of the servers.
pub(crate) struct Node {
    pub(crate) bus: Arc<Bus>,
    pub(crate) number: u8,
}

/// A namespace of one of the servers.
struct Line {
    bus: Arc<Bus>,
    number: u8,
    path: String,
}

impl Cluster for Node {
    fn adapter(&self, namespace: Local) -> Box<dyn Adapter> {
        let line = Line { bus: self.bus.clone(), number: self.number, path: namespace.path().to_owned() };
        lock(&self.bus.namespaces).push((self.number, namespace));
        Box::new(line)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { lock(&self.bus.closed).push(self.number) })
    }
}

impl Line {
    /// Returns the same namespace on the other servers.
    fn others(&self) -> Vec<Local> {
        let namespaces = lock(&self.bus.namespaces);
        let others = namespaces.iter().filter(|(number, local)| *number != self.number && local.path() == self.path);
        others.map(|(_, local)| local.clone()).collect()
    }
}

impl Adapter for Line {
    fn broadcast(&self, target: &Target, flags: Flags, event: &Data, answers: Option<AnswerSink>) {
        for other in self.others() {
            match &answers {
                None => drop(other.broadcast(target, flags, event)),
                Some(answers) => drop(tokio::spawn(pass_on(
                    other.ask(target, flags, event),
                    answers.clone(),
                    self.bus.terse,
                    flags.timeout.unwrap_or(PATIENCE),
                ))),
            }
        }
    }

    fn join(&self, target: &Target, rooms: &[String]) {
        self.others().iter().for_each(|other| other.join(target, rooms));
    }

    fn leave(&self, target: &Target, rooms: &[String]) {
        self.others().iter().for_each(|other| other.leave(target, rooms));
    }

    fn disconnect(&self, target: &Target, close: bool) {
        self.others().iter().for_each(|other| other.disconnect(target, close));
    }

    fn fetch<'a>(
        &'a self,
        target: &'a Target,
        limit: Option<Duration>,
    ) -> BoxFuture<'a, Result<Vec<SocketDetails>, AdapterError>> {
        Box::pin(async move {
            match limit {
                Some(Duration::ZERO) => Err(AdapterError::new("there is no time to ask")),
                _ => Ok(self.others().iter().flat_map(|other| other.fetch(target)).collect()),
            }
        })
    }

    fn server_side_emit(&self, _: Flags, event: &Data, answers: Option<AnswerSink>) {
        for other in self.others() {
            let (event, answers) = (event.clone(), answers.clone());
            if let Some(answers) = &answers {
                answers.expect(1);
            }
            tokio::spawn(async move {
                // Unhandled events are not acknowledged.
                if let (Ok(answer), Some(answers)) = (other.server_side(&event).await, answers) {
                    answers.answer(None, answer);
                }
            });
        }
    }

    fn server_count(&self) -> BoxFuture<'_, Result<usize, AdapterError>> {
        Box::pin(async { Ok(1 + self.others().len()) })
    }
}

/// Forwards the acknowledgements that another server collects.
async fn pass_on(mut question: switchboard::adapter::Question, answers: AnswerSink, terse: bool, limit: Duration) {
    let mut waiting: Vec<String> = question.sockets().map(str::to_owned).collect();
    answers.expect(waiting.len());
    let pass_on = async {
        while let Some((socket, answer)) = question.next().await {
            waiting.retain(|waiting| *waiting != socket);
            answers.answer((!terse).then_some(socket), answer);
        }
    };
    let in_time = tokio::select! {
        () = pass_on => true,
        () = answers.closed() => false,
        () = tokio::time::sleep(limit) => false,
    };
    if in_time && !terse {
        waiting.into_iter().for_each(|socket| answers.left(Some(socket)));
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
