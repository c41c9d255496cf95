//! The namespace of most tests: it replies to events, and reports events and disconnects to the test.

use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The event that the server sends.
#[event("said")]
pub(crate) struct Said(pub(crate) String);

/// Reports what happens to its sockets.
pub(crate) struct Seen {
    reports: UnboundedSender<String>,
}

/// The reports, in order.
pub(crate) struct Journal {
    reports: UnboundedReceiver<String>,
}

/// Returns the namespace and its journal.
pub(crate) fn seen() -> (Seen, Journal) {
    let (reports, journal) = Journal::new();
    (Seen { reports }, journal)
}

impl Seen {
    fn report(&self, what: impl Into<String>) {
        // Ignored if the test has already ended.
        drop(self.reports.send(what.into()));
    }
}

#[namespace("/", emits(Said))]
impl Seen {
    #[on_connect]
    async fn connect(&self) {
        self.report("connected");
    }

    /// Sends the text back.
    #[on("say")]
    async fn say(&self, socket: &Socket<Self>, text: String) {
        drop(socket.emit(Said(text)));
    }

    /// Reports the text to the test.
    #[on("tell")]
    async fn tell(&self, text: String) {
        self.report(format!("told: {text}"));
    }

    /// Never returns.
    #[on("hold")]
    async fn hold(&self) {
        self.report("holding");
        std::future::pending::<()>().await;
    }

    /// Disconnects the socket from the namespace.
    #[on("leave")]
    async fn leave(&self, socket: &Socket<Self>) {
        socket.disconnect();
    }

    /// Closes the whole connection.
    #[on("close")]
    async fn close(&self, socket: &Socket<Self>) {
        socket.close();
    }

    /// Closes the whole connection while many packets are still queued.
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
    /// Returns the sender of reports, and the journal that receives them.
    pub(crate) fn new() -> (UnboundedSender<String>, Self) {
        let (sender, reports) = unbounded_channel();
        (sender, Self { reports })
    }

    /// Returns the next report.
    pub(crate) async fn next(&mut self) -> String {
        within("the namespace's report", self.reports.recv()).await.expect("a namespace that reports")
    }

    /// Checks the next report.
    pub(crate) async fn expect(&mut self, report: &str) {
        assert_eq!(self.next().await, report);
    }

    /// Checks that nothing more was reported.
    pub(crate) fn expect_silence(&mut self) {
        assert_eq!(self.reports.try_recv().ok(), None);
    }
}
