//! Disconnects the clients in batches, so that they do not all reconnect to another server at once.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::handle::Handle;
use crate::observe::Stopwatch;

/// How a server disconnects its clients before it stops: in batches at an interval, and all of them by a deadline.
///
/// When a client's turn comes, the server completes the handlers of everything that the client has sent, sends their
/// acknowledgements, and then closes its connection without a DISCONNECT packet. The client sees `transport close` and
/// reconnects. Until its turn, it is served as usual. New sessions are refused with status 503 from the start, so that
/// new and reconnecting clients go to another server.
///
/// ```
/// use std::time::Duration;
/// use switchboard::{Drain, Server};
///
/// // 200 clients per second, or more if the deadline would be missed.
/// let drain = Drain::new().batch(200).every(Duration::from_secs(1)).deadline(Duration::from_secs(20));
/// let server = Server::new().drain(drain);
/// ```
#[derive(Clone, Debug)]
#[must_use = "give it to `Server::drain` or `Handle::drain`"]
pub struct Drain {
    batch: usize,
    every: Duration,
    deadline: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

impl Drain {
    /// 500 clients per second, and all of them within 20 seconds.
    pub fn new() -> Self {
        Self { batch: 500, every: Duration::from_secs(1), deadline: Duration::from_secs(20) }
    }

    /// Sets the number of clients per batch. Batches are larger if the deadline would be missed otherwise.
    /// Default: 500.
    pub fn batch(mut self, clients: usize) -> Self {
        self.batch = clients;
        self
    }

    /// Sets the time between two batches. Default: 1 s.
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval.max(Duration::from_millis(1));
        self
    }

    /// Sets the deadline. Clients that are still connected then are cut off, as by [`Handle::close`]. Default: 20 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The size of the next batch when this many clients are `waiting`.
    fn share(&self, waiting: usize, left: Duration) -> usize {
        let turns = left.as_nanos().div_ceil(self.every.as_nanos()).max(1);
        let turns = usize::try_from(turns).unwrap_or(usize::MAX);
        self.batch.max(waiting.div_ceil(turns))
    }
}

/// The result of a shutdown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Clients that were disconnected gracefully: everything that they had sent was handled, and the acknowledgements
    /// were sent.
    pub drained: usize,
    /// Clients whose connection was closed at once, and whose queued packets were dropped. Without a drain, these are
    /// all clients; with a drain, those that were left at its deadline.
    pub cut: usize,
    /// Clients of which a handler, a hook or the closing of the connection was still running when
    /// [`Server::shutdown_timeout`](crate::Server::shutdown_timeout) elapsed. These continue on the runtime.
    pub unfinished: usize,
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { drained, cut, unfinished } = self;
        write!(f, "{drained} clients drained, {cut} cut off, {unfinished} unfinished")
    }
}

/// Drains the server, then closes the remaining sessions.
pub(super) async fn drain(server: &Handle, plan: &Drain) -> ShutdownReport {
    let (deadline, begun) = (Instant::now() + plan.deadline, Stopwatch::start());
    let mut waiting = server.engine().leave();
    let all = waiting.len();
    let turns = async {
        while !waiting.is_empty() {
            let mut share = plan.share(waiting.len(), deadline.saturating_duration_since(Instant::now()));
            // Sessions that have ended in the meantime do not count towards the batch.
            while share > 0
                && let Some(session) = waiting.pop()
            {
                share -= usize::from(session.retire());
            }
            if !waiting.is_empty() {
                sleep(plan.every).await;
            }
        }
        server.engine().wait_idle().await;
    };
    // After a timeout, `close` counts the remaining sessions.
    let _ = timeout_at(deadline, turns).await;
    let ShutdownReport { cut, unfinished, .. } = server.close().await;
    let report = ShutdownReport { drained: all.saturating_sub(cut), cut, unfinished };
    server.engine().observed.drained(begun, report);
    report
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use http_body_util::{BodyExt as _, Empty};
    use tokio::task::JoinSet;

    use super::*;
    use crate::{Body, Server};

    /// The response to a GET. It uses no connection, so it depends only on the clock.
    async fn get(server: &Handle, query: &str) -> Response<Body> {
        let request = Request::get(format!("/socket.io/?EIO=4&transport=polling{query}"));
        let request = request.header("Host", "localhost").body(Empty::<&[u8]>::new()).expect("a request");
        server.service().respond(request).await.expect("an answer")
    }

    async fn text(answer: Response<Body>) -> String {
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        String::from_utf8(body.into()).expect("text")
    }

    /// A client with a pending poll. Returns the number of seconds after which the server closed it.
    async fn client(server: Handle) -> u64 {
        let open = text(get(&server, "").await).await;
        let sid = open.split('"').nth(3).expect("a sid").to_owned();
        let begun = Instant::now();
        assert_eq!(text(get(&server, &format!("&sid={sid}")).await).await, "1");
        begun.elapsed().as_secs()
    }

    async fn turns(plan: Drain, clients: usize) -> (Vec<u64>, ShutdownReport) {
        let server = Server::new().build();
        let mut waiting = JoinSet::new();
        for _ in 0..clients {
            waiting.spawn(client(server.clone()));
        }
        while server.client_count() < clients {
            tokio::task::yield_now().await;
        }
        let report = server.drain(plan).await;
        let mut turns = waiting.join_all().await;
        turns.sort_unstable();
        (turns, report)
    }

    #[tokio::test(start_paused = true)]
    async fn clients_go_in_batches() {
        let plan = Drain::new().batch(2).every(Duration::from_secs(3));
        let (turns, report) = turns(plan, 5).await;
        assert_eq!(turns, [0, 0, 3, 3, 6]);
        assert_eq!(report, ShutdownReport { drained: 5, ..ShutdownReport::default() });
    }

    #[tokio::test(start_paused = true)]
    async fn all_have_had_their_turn_before_the_deadline() {
        let plan = Drain::new().batch(1).every(Duration::from_secs(1)).deadline(Duration::from_secs(3));
        let (turns, report) = turns(plan, 8).await;
        assert_eq!(turns, [0, 0, 0, 1, 1, 1, 2, 2]);
        assert_eq!(report, ShutdownReport { drained: 8, ..ShutdownReport::default() });
    }

    #[tokio::test(start_paused = true)]
    async fn newcomers_come_at_a_rate() {
        let server = Server::new().connect_rate(2, 3).build();
        let come = async |clients: usize| {
            let mut let_in = 0;
            for _ in 0..clients {
                let_in += usize::from(get(&server, "").await.status().is_success());
            }
            let_in
        };
        assert_eq!(come(10).await, 3, "the burst");
        sleep(Duration::from_millis(499)).await;
        assert_eq!(come(10).await, 0);
        sleep(Duration::from_millis(1)).await;
        assert_eq!(come(10).await, 1);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(come(10).await, 2);
        sleep(Duration::from_secs(5)).await;
        assert_eq!(come(10).await, 3, "no more than the burst, however long it was quiet");
    }

    #[test]
    fn batches_grow_where_the_deadline_demands_it() {
        let second = Duration::from_secs(1);
        let plan = Drain::new().batch(10).every(second);
        assert_eq!(plan.share(30, 3 * second), 10);
        assert_eq!(plan.share(300, 3 * second), 100);
        assert_eq!(plan.share(301, 3 * second), 101);
        assert_eq!(plan.share(5, 3 * second), 10, "there is nothing to spare");
        assert_eq!(plan.share(300, second / 2), 300);
        assert_eq!(plan.share(300, Duration::ZERO), 300);
    }

    #[test]
    fn the_report_is_a_sentence() {
        let report = ShutdownReport { drained: 7, cut: 2, unfinished: 1 };
        assert_eq!(report.to_string(), "7 clients drained, 2 cut off, 1 unfinished");
    }
}
