//! Conversion between MessagePack and Rust values, with the same rules as for JSON.

mod key;
mod packed;
mod read;
mod translate;
mod write;

pub(crate) use packed::Packed;
pub(super) use read::Reader;
pub(crate) use translate::json_of;
pub(crate) use write::{pack_answer, pack_event};

#[cfg(test)]
mod tests;
