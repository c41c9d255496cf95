//! Exports of the contract, for TypeScript clients, for readers, and for CI.
//!
//! [`Server::contract`](crate::Server::contract) describes every namespace of a server, from the same annotations that
//! run its handlers. The contract can be exported as
//!
//! - [TypeScript](Contract::typescript): event maps for `socket.io-client`, and the types that they mention,
//! - an [AsyncAPI 3](Contract::asyncapi) document, for tools,
//! - an HTML [page](Contract::html) for readers, in one file,
//! - a [lock file](Contract::lock), which a test or CI [compares](Contract::compare) with the current contract to find
//!   changes that break existing clients.
//!
//! Each export is a [`Document`]: print it, write it, or keep it under version control with a test that it is up to
//! date. [`Contract::command`] adds the exports to the server's own command line.

mod asyncapi;
mod command;
mod compatibility;
mod contract;
mod deep;
mod definitions;
mod document;
mod html;
mod identifier;
mod identity;
mod lock;
mod naming;
mod precision;
mod typescript;
mod visit;
mod walk;
mod warnings;

pub use crate::contract::schema::{
    ALIASES, ArgumentSchema, BINARY_FORMAT, Direction, EventSchema, JsonSchema, NamespaceSchema, OTHER_TAGS,
    ParamSchema, Schema, Schemas, TAG_ALIASES, UNKNOWN,
};
pub use compatibility::{Change, Changes, Rule};
pub(crate) use contract::Declaration;
pub use contract::{Contract, Unknown};
pub use document::Document;
pub use lock::LockError;
pub use warnings::{Warning, WarningKind};
