//! Does nothing: the feature `metrics` is off.

#![expect(clippy::needless_pass_by_ref_mut, clippy::unused_self, reason = "as with the feature")]

use crate::engine::options::Transport;
use crate::namespace::{Delivery, DisconnectReason};
use crate::server::ShutdownReport;

#[derive(Debug)]
pub(crate) struct Stopwatch;

impl Stopwatch {
    #[inline(always)]
    pub(crate) fn start() -> Self {
        Self
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Server;

impl Server {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection
    }

    pub(crate) fn refused(&self, _: &'static str) {}

    pub(crate) fn drained(&self, _: Stopwatch, _: ShutdownReport) {}
}

#[derive(Debug)]
pub(crate) struct Connection;

impl Connection {
    pub(crate) fn opened(&self, _: Transport) {}

    pub(crate) fn upgraded(&self) {}

    pub(crate) fn upgrade_failed(&self) {}

    pub(crate) fn closed(&self, _: Transport, _: DisconnectReason) {}

    #[inline(always)]
    pub(crate) fn queued(&self, _: usize) {}

    pub(crate) fn packet_refused(&self) {}

    pub(crate) fn no_namespace(&self, _: &str) {}
}

#[derive(Clone, Debug)]
pub(crate) struct Namespace;

impl Namespace {
    pub(crate) fn new(_: &str, _: &[&'static str]) -> Self {
        Self
    }

    pub(crate) fn connected(&self) {}

    pub(crate) fn disconnected(&self, _: DisconnectReason) {}

    pub(crate) fn decided(&self, _: Stopwatch, _: Option<&'static str>) {}

    pub(crate) fn room_created(&self) {}

    pub(crate) fn room_deleted(&self) {}

    #[inline(always)]
    pub(crate) fn arrived<'e>(&self, _: impl FnOnce() -> &'e str) -> Event {
        Event
    }

    pub(crate) fn failed(&self, _: &str, _: &'static str) {}

    #[inline(always)]
    pub(crate) fn ack_sent(&self) {}

    pub(crate) fn rate_limited(&self) {}

    #[inline(always)]
    pub(crate) fn emitted(&self, _: &'static str) {}

    #[inline(always)]
    pub(crate) fn broadcast(&self, _: Delivery) {}

    pub(crate) fn ask(&self) -> Ack {
        Ack
    }

    pub(crate) fn answers(&self, _: &'static str, _: usize) {}
}

#[derive(Debug)]
pub(crate) struct Event;

impl Event {
    #[inline(always)]
    pub(crate) fn begin(&mut self) {}

    #[inline(always)]
    pub(crate) fn end(&mut self) {}
}

#[derive(Debug)]
pub(crate) struct Ack;

impl Ack {
    pub(crate) fn end(self, _: &'static str) {}
}
