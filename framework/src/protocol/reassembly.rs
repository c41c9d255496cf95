//! Assembles packets from messages. A binary packet is a text message followed by one message per attachment. With
//! MessagePack, every message is a packet.

use bytes::Bytes;

use super::decode::{self, DecodeError};
#[cfg(feature = "msgpack")]
use super::msgpack::Unpacked;
use super::name::Head;
use super::packet::{Kind, Packet};
use super::parser::Parser;
use super::placeholder;

/// Assembles the packets of one connection. After an error, neither the decoder nor the connection can be used.
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

/// A binary packet: the incomplete one, or the last complete one.
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
    /// Limits the number of attachments of a packet and their total size in bytes. An attachment that is referred to
    /// several times counts several times.
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

    /// Sets the parser. MessagePack has no attachments.
    pub(crate) fn with(self, parser: Parser) -> Self {
        Decoder { parser, ..self }
    }

    /// Handles a text message. Returns `None` if attachments are to follow.
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

    /// Handles a binary message: the next attachment of the incomplete packet. Returns the packet with its last
    /// attachment.
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
                // The range of the argument may have changed. The range of the name has not.
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

    /// Frees the last binary packet after it has been handled. The next packet would free it too, but may arrive much
    /// later.
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
