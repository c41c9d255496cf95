//! The packet encodings.

/// The encoding of packets. All clients of a server must use the same.
///
/// Handlers receive the same events with every parser. To select one, a program needs only this call:
///
/// ```
/// # #[cfg(feature = "msgpack")] {
/// use switchboard::{Parser, Server};
///
/// let server = Server::new().parser(Parser::MessagePack);
/// # }
/// ```
///
/// A client that uses the other parser is disconnected when it sends its first packet.
#[cfg_attr(not(feature = "msgpack"), allow(unreachable_pub, reason = "there is nothing to choose then"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parser {
    /// JSON, with binary data in separate messages. Every client supports it by default.
    #[default]
    Json,
    /// MessagePack, including binary data, as in the npm package [`socket.io-msgpack-parser`]. Browsers use it with
    /// `io(url, { parser: msgpackParser })` or with the file `socket.io.msgpack.min.js`. Each packet is one binary
    /// message.
    ///
    /// NaN and the infinities are read as `null`, as JavaScript writes them in JSON; only a [`Value`](crate::Value)
    /// preserves them. A JavaScript `Date` is read as its text in JSON. `undefined` is read as `null` among arguments and in arrays, and as absent in objects. An
    /// `ArrayBuffer` is read as binary data. [`RawJson`](crate::RawJson) is converted: see its documentation.
    ///
    /// [`socket.io-msgpack-parser`]: https://www.npmjs.com/package/socket.io-msgpack-parser
    #[cfg(feature = "msgpack")]
    MessagePack,
}
