//! Encodes acknowledgements.

use serde::Serialize;

use super::{Encoded, Kind, PREFIX, PacketWriter};
#[cfg(feature = "msgpack")]
use super::{msgpack, namespace_of};
#[cfg(feature = "msgpack")]
use crate::engine::frame::FrameWriter;
use crate::protocol::parser::Parser;
#[cfg(feature = "msgpack")]
use crate::wire::is_packed_failure;
use crate::wire::{Failure, Sink, is_failure, write_answer};

/// The target of an acknowledgement: the id that the client waits for. The caller that sends it adds the namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AckSlot {
    pub(crate) parser: Parser,
    pub(crate) id: u64,
}

impl AckSlot {
    /// `3[value]`, or `3[]` for `()`.
    ///
    /// Clients take an object with `error` as its only key for a failure. Such a value is an error.
    pub(crate) fn answer<T: Serialize + ?Sized>(self, value: &T) -> Result<Answer, UnsentAnswer> {
        let (mut answer, start) = self.write(value).map_err(UnsentAnswer::Unwritable)?;
        if answer.is_failure(start) { Err(UnsentAnswer::LooksLikeFailure) } else { Ok(answer) }
    }

    /// `3[{"error":error}]`.
    pub(crate) fn failure<E: Serialize + ?Sized>(self, error: &E) -> Result<Answer, serde_json::Error> {
        self.acknowledgement(&Failure { error })
    }

    /// `3[value]`, whatever the value looks like.
    pub(crate) fn acknowledgement<T: Serialize + ?Sized>(self, value: &T) -> Result<Answer, serde_json::Error> {
        self.write(value).map(|(answer, _)| answer)
    }

    /// Writes an acknowledgement. Also returns where its array begins.
    #[inline(always)]
    fn write<T: Serialize + ?Sized>(self, value: &T) -> Result<(Answer, usize), serde_json::Error> {
        match self.parser {
            Parser::Json => {}
            #[cfg(feature = "msgpack")]
            Parser::MessagePack => {
                let (frame, start) = msgpack::encode::answer(self.id, value)?;
                return Ok((Answer::Packed(frame), start));
            }
        }
        let mut writer = PacketWriter::answer(self.id);
        let start = writer.text().len();
        writer.data(|writer| write_answer(writer, value))?;
        Ok((Answer::Text(writer), start))
    }
}

/// Why a value cannot be sent as an acknowledgement.
#[derive(Debug)]
pub(crate) enum UnsentAnswer {
    /// It cannot be serialized.
    Unwritable(serde_json::Error),
    /// Clients would take it for a failure.
    LooksLikeFailure,
}

/// An acknowledgement without its namespace.
#[derive(Debug)]
pub(crate) enum Answer {
    Text(PacketWriter),
    #[cfg(feature = "msgpack")]
    Packed(FrameWriter),
}

impl Answer {
    /// Returns `true` if the array that begins at `start` is that of a failure.
    #[inline(always)]
    fn is_failure(&mut self, start: usize) -> bool {
        match self {
            Self::Text(writer) => is_failure(&writer.text()[start..]),
            #[cfg(feature = "msgpack")]
            Self::Packed(frame) => is_packed_failure(&frame.buffer()[start..]),
        }
    }

    /// Completes the packet with the prefix of its namespace.
    #[inline(always)]
    pub(crate) fn behind(self, prefix: &str) -> Encoded {
        let mut writer = match self {
            Self::Text(writer) => writer,
            #[cfg(feature = "msgpack")]
            Self::Packed(frame) => return msgpack::encode::finish_answer(frame, namespace_of(prefix)),
        };
        if !prefix.is_empty() {
            writer.frame.make_room(PREFIX + prefix.len());
            writer.frame.prepend(prefix.as_bytes());
        }
        writer.finish(Kind::Ack)
    }
}
