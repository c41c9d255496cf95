//! Packets in MessagePack: a map of `type`, `nsp`, `data` and `id`, binary data in place.
//!
//! The format is the one of npm's [`socket.io-msgpack-parser`] and the [specification of MessagePack], with the
//! extensions of `notepack.io`, by which that parser reads and writes: `undefined`, `Date` and `ArrayBuffer`.
//!
//! [`socket.io-msgpack-parser`]: https://www.npmjs.com/package/socket.io-msgpack-parser
//! [specification of MessagePack]: https://github.com/msgpack/msgpack/blob/master/spec.md

pub(super) mod encode;
mod from_json;
mod pack;
mod packet;
mod token;

pub(crate) use from_json::pack_json;
pub(crate) use pack::{Header, pack_binary, pack_signed, pack_str, pack_unsigned};
pub(super) use packet::Unpacked;
pub(crate) use token::{Token, Tokens};

#[cfg(test)]
mod tests;
