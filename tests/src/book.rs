//! The snippets of the README and the book, as documentation tests.

#[doc = include_str!("../../README.md")]
mod readme {}

#[doc = include_str!("../../book/src/acks.md")]
mod acks {}

#[doc = include_str!("../../book/src/clients.md")]
mod clients {}

#[doc = include_str!("../../book/src/contracts.md")]
mod contracts {}

#[doc = include_str!("../../book/src/deployment.md")]
mod deployment {}

#[doc = include_str!("../../book/src/differences.md")]
mod differences {}

#[doc = include_str!("../../book/src/errors.md")]
mod errors {}

#[doc = include_str!("../../book/src/events.md")]
mod events {}

#[doc = include_str!("../../book/src/from-node.md")]
mod from_node {}

#[doc = include_str!("../../book/src/getting-started.md")]
mod getting_started {}

#[doc = include_str!("../../book/src/middleware.md")]
mod middleware {}

#[doc = include_str!("../../book/src/namespaces.md")]
mod namespaces {}

#[doc = include_str!("../../book/src/observability.md")]
mod observability {}

#[doc = include_str!("../../book/src/origins.md")]
mod origins {}

#[doc = include_str!("../../book/src/performance.md")]
mod performance {}

#[doc = include_str!("../../book/src/protocol.md")]
mod protocol {}

#[doc = include_str!("../../book/src/recovery.md")]
mod recovery {}

#[doc = include_str!("../../book/src/rooms.md")]
mod rooms {}

#[doc = include_str!("../../book/src/testing.md")]
mod testing {}
