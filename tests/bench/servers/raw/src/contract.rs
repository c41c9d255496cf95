//! The part of Socket.IO that the benchmark's events need: the answers to messages.

use bytes::{BufMut, Bytes, BytesMut};

/// Length of the listener's backlog.
pub const BACKLOG: i32 = 4096;

pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;

/// The Engine.IO open packet. Its session id is not used.
pub const OPEN: &str =
    r#"0{"sid":"aaaaaaaaaaaaaaaaaaaa","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
/// The Engine.IO ping.
pub const PING: &[u8] = b"2";
/// Interval between pings, in seconds.
pub const PING_INTERVAL: u64 = 25;

/// A server frame, encoded once and shared by all recipients.
#[derive(Clone)]
pub struct Frame {
    pub bytes: Bytes,
    head: usize,
}

impl Frame {
    pub fn new(opcode: u8, parts: &[&[u8]]) -> Self {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let mut bytes = BytesMut::with_capacity(length + 10);
        bytes.put_u8(0x80 | opcode);
        match length {
            0..126 => bytes.put_u8(length as u8),
            126..65536 => {
                bytes.put_u8(126);
                bytes.put_u16(length as u16);
            }
            _ => {
                bytes.put_u8(127);
                bytes.put_u64(length as u64);
            }
        }
        let head = bytes.len();
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        Self { bytes: bytes.freeze(), head }
    }

    pub fn text(text: impl AsRef<[u8]>) -> Self {
        Self::new(TEXT, &[text.as_ref()])
    }

    /// Creates a value from bytes that are not a frame.
    pub fn plain(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), head: 0 }
    }

    pub fn payload(&self) -> Bytes {
        self.bytes.slice(self.head..)
    }
}

/// The action that a message requests.
pub enum Act {
    Nothing,
    Reply(Frame),
    /// Join the room, then answer with this frame.
    Join(Frame),
    /// Send this frame to the room.
    Say(Frame),
}

/// The state of a connection between frames: the answer to a binary packet whose attachment has not arrived yet.
#[derive(Default)]
pub struct State {
    pending: Option<Frame>,
}

impl State {
    pub fn text(&mut self, packet: &[u8]) -> Act {
        if let Some(rest) = packet.strip_prefix(b"42") {
            let (id, rest) = split_id(rest);
            for echo in [b"[\"echo\",".as_slice(), b"[\"echoraw\","] {
                if let Some(payload) = rest.strip_prefix(echo) {
                    return Act::Reply(Frame::new(TEXT, &[b"43", id, b"[", payload]));
                }
            }
            if let Some(payload) = rest.strip_prefix(b"[\"say\",\"room\",") {
                return Act::Say(Frame::new(TEXT, &[b"42[\"said\",", payload]));
            }
            if rest.starts_with(b"[\"join\",") {
                return Act::Join(Frame::new(TEXT, &[b"43", id, b"[]"]));
            }
        } else if let Some(rest) = packet.strip_prefix(b"451-") {
            let (id, rest) = split_id(rest);
            if let Some(payload) = rest.strip_prefix(b"[\"echobin\",") {
                self.pending = Some(Frame::new(TEXT, &[b"461-", id, b"[", payload]));
            }
        } else if packet == b"40" {
            return Act::Reply(Frame::text(r#"40{"sid":"aaaaaaaaaaaaaaaaaaaa"}"#));
        }
        Act::Nothing
    }

    /// Returns the two frames that answer an attachment.
    pub fn binary(&mut self, attachment: &[u8]) -> Option<[Frame; 2]> {
        Some([self.pending.take()?, Frame::new(BINARY, &[attachment])])
    }
}

fn split_id(rest: &[u8]) -> (&[u8], &[u8]) {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.split_at(digits)
}
