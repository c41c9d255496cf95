//! Does nothing: the feature `tracing` is off.

use std::net::SocketAddr;

use crate::engine::error::ConnectionErrorKind;
use crate::engine::options::Transport;
use crate::namespace::{DisconnectReason, ExpiryReason, HandlerError};

#[derive(Clone, Copy, Debug)]
pub(super) struct Number;

impl Number {
    pub(super) fn next() -> Self {
        Self
    }
}

pub(crate) type Within<F> = F;

#[derive(Debug)]
pub(crate) struct Span;

impl Span {
    pub(super) fn connection(_: Number, _: Transport, _: Option<SocketAddr>) -> Self {
        Self
    }

    pub(crate) fn namespace(_: &str, _: &str) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn event<'e>(_: impl FnOnce() -> &'e str, _: bool) -> Self {
        Self
    }

    pub(super) fn ack(_: &str, _: &str) -> Self {
        Self
    }

    pub(crate) fn acks(_: &str, _: &str, _: usize) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn current() -> Self {
        Self
    }

    #[inline(always)]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(crate) fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        run()
    }

    #[inline(always)]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(crate) fn instrument<F: Future>(&self, future: F) -> Within<F> {
        future
    }

    #[inline(always)]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn outcome(&self, _: &str) {}
}

pub(super) fn opened() {}

pub(super) fn closed(_: DisconnectReason) {}

pub(super) fn upgraded(_: Number) {}

pub(super) fn upgrade_failed(_: Number) {}

pub(super) fn request_refused(_: &ConnectionErrorKind) {}

pub(super) fn listening(_: SocketAddr) {}

pub(super) fn full() {}

pub(super) fn packet_refused() {}

pub(super) fn no_namespace(_: &str, _: &str) {}

pub(super) fn decided(_: Option<&str>) {}

pub(super) fn disconnected(_: DisconnectReason) {}

pub(super) fn expired(_: &str, _: &str, _: ExpiryReason) {}

pub(super) fn failed(_: &HandlerError) {}
