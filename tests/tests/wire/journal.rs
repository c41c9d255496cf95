//! The namespace of most tests: it answers, and reports what happens to its sockets.

use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the clients are told.
#[event("said")]
pub(crate) struct Said(pub(crate) String);

/// Reports to the test what it sees.
pub(crate) struct Seen {
    reports: UnboundedSender<String>,
}

/// What was reported, in order.
pub(crate) struct Journal {
    reports: UnboundedReceiver<String>,
}

/// The namespace and its journal.
pub(crate) fn seen() -> (Seen, Journal) {
    let (reports, journal) = Journal::new();
    (Seen { reports }, journal)
}

impl Seen {
    fn report(&self, what: impl Into<String>) {
        // A test that has ended needs no reports.
        drop(self.reports.send(what.into()));
    }
}

#[namespace("/", emits(Said))]
impl Seen {
    #[on_connect]
    async fn connect(&self) {
        self.report("connected");
    }

    /// Says it back.
    #[on("say")]
    async fn say(&self, socket: &Socket<Self>, text: String) {
        drop(socket.emit(Said(text)));
    }

    /// Tells the test.
    #[on("tell")]
    async fn tell(&self, text: String) {
        self.report(format!("told: {text}"));
    }

    /// Never ends.
    #[on("hold")]
    async fn hold(&self) {
        self.report("holding");
        std::future::pending::<()>().await;
    }

    /// Leaves the namespace.
    #[on("leave")]
    async fn leave(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }

    /// Ends the whole connection.
    #[on("close")]
    async fn close(&self, socket: &Socket<Self>) {
        socket.close();
    }

    /// Ends the whole connection, with much still on its way.
    #[on("say a lot and close")]
    async fn say_a_lot_and_close(&self, socket: &Socket<Self>) {
        for number in 0..1000 {
            drop(socket.emit(Said(number.to_string())));
        }
        socket.close();
    }

    #[on_disconnect]
    async fn left(&self, reason: DisconnectReason) {
        self.report(format!("disconnected: {reason}"));
    }
}

impl Journal {
    /// A journal, and where to send its reports.
    pub(crate) fn new() -> (UnboundedSender<String>, Self) {
        let (sender, reports) = unbounded_channel();
        (sender, Self { reports })
    }

    /// The next report.
    pub(crate) async fn next(&mut self) -> String {
        within("the namespace's report", self.reports.recv()).await.expect("a namespace that reports")
    }

    /// Checks the next report.
    pub(crate) async fn expect(&mut self, report: &str) {
        assert_eq!(self.next().await, report);
    }

    /// Checks that nothing was reported since.
    pub(crate) fn expect_silence(&mut self) {
        assert_eq!(self.reports.try_recv().ok(), None);
    }
}
