//! Packets in MessagePack: a map with `type`, `nsp`, `data` and `id`. Binary data is part of `data`.
//!
//! The format is that of the npm package [`socket.io-msgpack-parser`] and the [MessagePack specification], with the
//! extensions of `notepack.io`, which that package uses: `undefined`, `Date` and `ArrayBuffer`.
//!
//! [`socket.io-msgpack-parser`]: https://www.npmjs.com/package/socket.io-msgpack-parser
//! [MessagePack specification]: https://github.com/msgpack/msgpack/blob/master/spec.md

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
