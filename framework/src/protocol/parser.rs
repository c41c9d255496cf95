//! How packets are written.

/// How a server writes packets, and reads them: all of its clients must use the same.
///
/// Whatever the parser, handlers see the same events, and a program is the same but for this one call:
///
/// ```
/// # #[cfg(feature = "msgpack")] {
/// use switchboard::{Parser, Server};
///
/// let server = Server::new().parser(Parser::MessagePack);
/// # }
/// ```
///
/// A client of the other parser is disconnected with its first packet.
#[cfg_attr(not(feature = "msgpack"), allow(unreachable_pub, reason = "there is nothing to choose then"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parser {
    /// JSON, with binary data in messages of their own: what every client speaks by itself.
    #[default]
    Json,
    /// MessagePack, binary data included, as by npm's [`socket.io-msgpack-parser`]: with
    /// `io(url, { parser: msgpackParser })`, or the file `socket.io.msgpack.min.js`, in the browser. Each packet is one
    /// binary message.
    ///
    /// Numbers that JSON cannot express, `NaN` and the infinities, arrive as they are. JavaScript's `Date` is read as
    /// the text that it has in JSON, `undefined` as `null` among arguments and in arrays, and as nothing in objects, and
    /// an `ArrayBuffer` as binary data. [`RawJson`](crate::RawJson) is translated: see there.
    ///
    /// [`socket.io-msgpack-parser`]: https://www.npmjs.com/package/socket.io-msgpack-parser
    #[cfg(feature = "msgpack")]
    MessagePack,
}
