//! Decodes incoming packets from MessagePack.
//!
//! The checks are those of the npm package and two more: the name of an event must not be reserved, and the namespace
//! must be expressible in the text format. Data checked here can later be read without validation.

use super::token::{Token, Tokens};
use crate::protocol::decode::DecodeError;
use crate::protocol::json::MAX_DEPTH;
use crate::protocol::name::{Head, Name};
use crate::protocol::packet::{Kind, Packet, is_reserved};
use crate::wire::{Packed, json_of};

/// A decoded packet.
#[derive(Debug)]
pub(in crate::protocol) struct Unpacked {
    kind: Kind,
    namespace: Box<str>,
    id: Option<u64>,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Absent,
    /// The data of a connect. It is rarely read, and only as JSON.
    Json(String),
    /// The data of an event, with its head, or of an acknowledgement.
    Elements(Option<Head>, Packed),
}

impl Unpacked {
    pub(in crate::protocol) fn read(message: &[u8]) -> Result<Self, DecodeError> {
        u32::try_from(message.len()).map_err(|_| DecodeError::Payload)?;
        let fields = Fields::read(message).ok_or(DecodeError::Payload)?;
        let kind = match fields.kind.and_then(Token::whole) {
            Some(0) => Kind::Connect,
            Some(1) => Kind::Disconnect,
            Some(2) => Kind::Event,
            Some(3) => Kind::Ack,
            Some(4) => Kind::ConnectError,
            _ => return Err(DecodeError::Payload),
        };
        let namespace = match fields.namespace {
            Some(Token::Str(name)) if name.starts_with('/') && !name.contains(',') => name.into(),
            _ => return Err(DecodeError::Payload),
        };
        let id = fields.id.map(|id| id.whole().ok_or(DecodeError::Payload)).transpose()?;
        let data = Data::read(kind, message, fields.data).ok_or(DecodeError::Payload)?;
        Ok(Self { kind, namespace, id, data })
    }

    /// The packet. Call this only once.
    pub(in crate::protocol) fn packet(&mut self) -> Packet<'_> {
        let Self { kind, ref namespace, id, .. } = *self;
        let (data, head, packed) = match &mut self.data {
            Data::Absent => (None, None, None),
            Data::Json(json) => (Some(&**json), None, None),
            Data::Elements(head, packed) => (None, head.take(), Some(Box::new(std::mem::take(packed)))),
        };
        Packet { kind, namespace, id, data, head, attachments: Vec::new(), packed }
    }
}

/// The values of a packet's keys. The last of several equal keys counts, and `undefined` means absent.
#[derive(Default)]
struct Fields<'a> {
    kind: Option<Token<'a>>,
    namespace: Option<Token<'a>>,
    id: Option<Token<'a>>,
    /// The offset of the data.
    data: Option<usize>,
}

impl<'a> Fields<'a> {
    fn read(message: &'a [u8]) -> Option<Self> {
        let mut tokens = Tokens::new(message, 0);
        let Token::Map(count) = tokens.next()? else { return None };
        let mut fields = Self::default();
        for _ in 0..count {
            let key = tokens.key()?;
            let start = tokens.at();
            let first = tokens.peek().filter(|token| *token != Token::Undefined);
            tokens.skip(MAX_DEPTH)?;
            match &*key {
                "type" => fields.kind = first,
                "nsp" => fields.namespace = first,
                "id" => fields.id = first,
                "data" => fields.data = first.map(|_| start),
                // `options`, sent by JavaScript clients
                _ => {}
            }
        }
        tokens.is_at_end().then_some(fields)
    }
}

impl Data {
    /// Reads the data at `start`, if it has the shape that the packet type requires.
    fn read(kind: Kind, message: &[u8], start: Option<usize>) -> Option<Self> {
        let Some(start) = start else {
            return matches!(kind, Kind::Connect | Kind::Disconnect).then_some(Data::Absent);
        };
        let mut tokens = Tokens::new(message, start);
        match (kind, tokens.next()?) {
            (Kind::Connect, Token::Map(_)) => Some(Data::Json(json_of(Tokens::new(message, start)))),
            // The data is irrelevant: clients must not send this packet.
            (Kind::ConnectError, Token::Map(_) | Token::Str(_)) => Some(Data::Absent),
            (Kind::Event | Kind::Ack, Token::Array(count)) => {
                let start = tokens.at();
                let name = tokens;
                for _ in 0..count {
                    tokens.skip(MAX_DEPTH)?;
                }
                let head = if kind == Kind::Event { Some(head(name, count)?) } else { None };
                Some(Data::Elements(head, Packed::new(message.get(start..tokens.at())?)))
            }
            _ => None,
        }
    }
}

/// The head of an event. A number is converted to its text in JSON.
fn head(mut tokens: Tokens<'_>, count: u32) -> Option<Head> {
    let start = tokens.at();
    let name: Box<str> = match tokens.next().filter(|_| count > 0)? {
        Token::Str(name) if !is_reserved(name) => name.into(),
        Token::Unsigned(name) => name.to_string().into(),
        Token::Signed(name) => name.to_string().into(),
        Token::Float(name) if name.is_finite() => name.to_string().into(),
        _ => return None,
    };
    // The offset fits 32 bits, because the length of the message does.
    Some(Head { name: Name::Unescaped(name), end: (tokens.at() - start) as u32, argument: None })
}
