//! Conversion between packet data and Rust values: positional arguments, acknowledgements, binary attachments.
//!
//! `["name", argument, …]` is an event and `[value]` an acknowledgement. Values that serde treats as bytes are sent as
//! attachments, at any depth of a value; the JSON contains placeholders for them.

mod absent;
mod any;
mod arguments;
mod binary;
mod element;
mod elements;
pub(crate) mod encoding;
mod event;
mod failure;
#[cfg(feature = "schema")]
mod form;
#[cfg(feature = "msgpack")]
mod msgpack;
mod payload;
mod raw_json;
mod read;
mod received;
mod short;
mod value;
mod verbatim;
mod write;
mod writer;
mod written;

pub(crate) use arguments::{ArgumentError, Arguments, acknowledged, without_place};
pub use encoding::{digits, float_or_null};
#[cfg(feature = "msgpack")]
pub(crate) use failure::is_packed_failure;
pub(crate) use failure::{Failure, is_failure};
#[cfg(feature = "schema")]
pub use form::Form;
#[cfg(feature = "msgpack")]
pub(crate) use msgpack::{Packed, json_of, pack_answer, pack_event};
pub(crate) use payload::Payload;
pub use raw_json::RawJson;
pub(crate) use short::ShortName;
pub use value::{HoldsBinary, Value};
pub(crate) use write::{Sink, write_answer, write_event};

#[cfg(test)]
mod tests;
