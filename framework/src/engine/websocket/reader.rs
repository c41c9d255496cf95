//! Messages out of frames: fragments put together, text checked, limits kept.

use std::borrow::Cow;

use fastwebsockets::{CloseCode, OpCode};

use super::parse::{Parsed, parse};

/// A message in more fragments than this is refused, as the reference does (close code 1008): each
/// fragment costs its handling, however small it is.
const MAX_FRAGMENTS: u32 = 16_384;

/// What arrived.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    Text(Cow<'a, str>),
    Binary(Cow<'a, [u8]>),
    Ping(&'a [u8]),
    Pong,
    /// The peer closes, with this code if it gave one.
    Close(Option<u16>),
    /// A part of a message; the rest is to come.
    Fragment,
}

/// Puts messages together. Holds nothing between unfragmented messages.
#[derive(Debug)]
pub(super) struct Reader {
    max_payload: usize,
    partial: Option<Box<Partial>>,
}

#[derive(Debug)]
struct Partial {
    text: bool,
    data: Vec<u8>,
    fragments: u32,
}

impl Reader {
    pub(super) fn new(max_payload: usize) -> Self {
        Self { max_payload, partial: None }
    }

    /// What the start of `buffer` holds, and how many bytes that took; `None` while a frame is not whole.
    /// An error is the code to close with: 1002 protocol, 1007 not UTF-8, 1008 too many fragments,
    /// 1009 too big.
    pub(super) fn next<'a>(&mut self, buffer: &'a mut [u8]) -> Result<Option<(Incoming<'a>, usize)>, CloseCode> {
        let Some(Parsed { fin, opcode, payload }) = parse(buffer, self.max_payload)? else { return Ok(None) };
        let end = payload.end;
        let payload = &buffer[payload];
        let incoming = match opcode {
            OpCode::Ping => Incoming::Ping(payload),
            OpCode::Pong => Incoming::Pong,
            OpCode::Close => Incoming::Close(close_code(payload)?),
            OpCode::Continuation => self.append(fin, payload)?,
            OpCode::Text | OpCode::Binary if self.partial.is_some() => return Err(CloseCode::Protocol),
            OpCode::Text if fin => Incoming::Text(Cow::Borrowed(utf8(payload)?)),
            OpCode::Binary if fin => Incoming::Binary(Cow::Borrowed(payload)),
            OpCode::Text | OpCode::Binary => {
                let text = opcode == OpCode::Text;
                self.partial = Some(Box::new(Partial { text, data: payload.to_vec(), fragments: 1 }));
                Incoming::Fragment
            }
        };
        Ok(Some((incoming, end)))
    }

    fn append(&mut self, fin: bool, payload: &[u8]) -> Result<Incoming<'static>, CloseCode> {
        let partial = self.partial.as_mut().ok_or(CloseCode::Protocol)?;
        partial.fragments += 1;
        if partial.fragments > MAX_FRAGMENTS {
            return Err(CloseCode::Policy);
        }
        if partial.data.len() + payload.len() > self.max_payload {
            return Err(CloseCode::Size);
        }
        partial.data.extend_from_slice(payload);
        if !fin {
            return Ok(Incoming::Fragment);
        }
        let Some(partial) = self.partial.take() else { return Err(CloseCode::Protocol) };
        if partial.text {
            let text = String::from_utf8(partial.data).map_err(|_| CloseCode::Invalid)?;
            Ok(Incoming::Text(Cow::Owned(text)))
        } else {
            Ok(Incoming::Binary(Cow::Owned(partial.data)))
        }
    }
}

fn utf8(payload: &[u8]) -> Result<&str, CloseCode> {
    simdutf8::basic::from_utf8(payload).map_err(|_| CloseCode::Invalid)
}

/// The code of a close frame (RFC 6455, section 7.4), checked.
fn close_code(payload: &[u8]) -> Result<Option<u16>, CloseCode> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !CloseCode::from(code).is_allowed() {
                return Err(CloseCode::Protocol);
            }
            utf8(reason)?;
            Ok(Some(code))
        }
        [_] => Err(CloseCode::Protocol),
    }
}
