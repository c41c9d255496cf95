//! Packets out of messages: a binary packet is a text and then, each in a message of its own, its attachments. With
//! MessagePack, every message is a packet.

use bytes::Bytes;

use super::decode::{self, DecodeError};
#[cfg(feature = "msgpack")]
use super::msgpack::Unpacked;
use super::name::Head;
use super::packet::{Kind, Packet};
use super::parser::Parser;
use super::placeholder;

/// Puts the packets of one connection together. After an error it is of no more use, and neither is the connection.
#[derive(Debug)]
pub(crate) struct Decoder {
    parser: Parser,
    max_attachments: usize,
    max_bytes: usize,
    binary: Option<Box<Binary>>,
    /// The packet of the last message.
    #[cfg(feature = "msgpack")]
    unpacked: Option<Box<Unpacked>>,
}

/// A binary packet: on its way, or the last one that was complete.
#[derive(Debug)]
struct Binary {
    kind: Kind,
    namespace: Box<str>,
    id: Option<u64>,
    data: Option<Box<str>>,
    head: Option<Head>,
    attachments: Vec<Bytes>,
    missing: usize,
    bytes: usize,
}

impl Decoder {
    /// A packet may have so many attachments, and so many bytes in all of them together; if it refers to one more than once,
    /// its bytes count as often.
    pub(crate) fn new(max_attachments: usize, max_bytes: usize) -> Self {
        Decoder {
            parser: Parser::Json,
            max_attachments,
            max_bytes,
            binary: None,
            #[cfg(feature = "msgpack")]
            unpacked: None,
        }
    }

    /// The same for messages of this kind. MessagePack has no attachments.
    pub(crate) fn with(self, parser: Parser) -> Self {
        Decoder { parser, ..self }
    }

    /// Takes a text message. There is no packet yet if it is one with attachments.
    #[inline(always)]
    pub(crate) fn text<'a>(&'a mut self, text: &'a str) -> Result<Option<Packet<'a>>, DecodeError> {
        match self.parser {
            Parser::Json => {}
            #[cfg(feature = "msgpack")]
            Parser::MessagePack => return Err(DecodeError::UnexpectedText),
        }
        if self.binary.take().is_some_and(|binary| binary.missing > 0) {
            return Err(DecodeError::UnexpectedText);
        }
        if !decode::is_binary(text) {
            return decode::plain(text).map(Some);
        }
        self.begin_binary(text)?;
        Ok(None)
    }

    #[inline(never)]
    fn begin_binary(&mut self, text: &str) -> Result<(), DecodeError> {
        let (packet, missing) = decode::binary(text, self.max_attachments)?;
        self.binary = Some(Box::new(Binary {
            kind: packet.kind,
            namespace: packet.namespace.into(),
            id: packet.id,
            data: packet.data.map(Into::into),
            head: packet.head,
            attachments: Vec::new(),
            missing,
            bytes: 0,
        }));
        Ok(())
    }

    /// Takes a message of bytes, which is the next attachment of the packet under way. The packet comes with the last.
    pub(crate) fn binary(&mut self, data: Bytes) -> Result<Option<Packet<'_>>, DecodeError> {
        match self.parser {
            Parser::Json => {}
            #[cfg(feature = "msgpack")]
            Parser::MessagePack => {
                let unpacked = self.unpacked.insert(Box::new(Unpacked::read(&data)?));
                return Ok(Some(unpacked.packet()));
            }
        }
        let binary = self.binary.as_mut().filter(|binary| binary.missing > 0).ok_or(DecodeError::UnexpectedBinary)?;
        binary.bytes = binary.bytes.saturating_add(data.len());
        if binary.bytes > self.max_bytes {
            return Err(DecodeError::AttachmentsTooLarge);
        }
        binary.attachments.push(data);
        binary.missing -= 1;
        if binary.missing > 0 {
            return Ok(None);
        }
        if let Some(data) = &binary.data
            && let Some(respelled) = placeholder::check(data, &binary.attachments, self.max_bytes)?
        {
            binary.data = Some(respelled.into());
            if let Some(head) = &mut binary.head {
                // It may end elsewhere now. The name before it stays where it is.
                head.argument = None;
            }
        }
        let data = binary.data.as_deref();
        Ok(Some(Packet {
            kind: binary.kind,
            namespace: &binary.namespace,
            id: binary.id,
            data,
            head: binary.head.take(),
            attachments: std::mem::take(&mut binary.attachments),
            #[cfg(feature = "msgpack")]
            packed: None,
        }))
    }

    /// Frees what is left of a binary packet that has been dealt with. The next packet would do so too, but it may take its
    /// time.
    pub(crate) fn release(&mut self) {
        self.binary = self.binary.take().filter(|binary| binary.missing > 0);
        #[cfg(feature = "msgpack")]
        {
            self.unpacked = None;
        }
    }
}

#[cfg(test)]
mod tests;
