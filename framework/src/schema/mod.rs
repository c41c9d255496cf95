//! The contract leaves the server: for clients in TypeScript, for readers, and for CI.
//!
//! [`Server::contract`](crate::Server::contract) describes every namespace that a server was given, from the same
//! annotations that its handlers run by. From that value come
//!
//! - [TypeScript](Contract::typescript): event maps for `socket.io-client`, and the types that they mention,
//! - an [AsyncAPI 3](Contract::asyncapi) document, for tools,
//! - a [page](Contract::html) for people, in one file,
//! - a [lock file](Contract::lock), against which a test or CI [checks](Contract::compare) what a change does to
//!   clients that are out there already.
//!
//! All of them are texts in a [`Document`]: to print, to write, or to keep under version control with a test that they
//! are up to date. [`Contract::command`] makes them a command of one's own program.

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
