//! Assembles messages from frames: joins fragments, validates text, enforces limits.

use std::borrow::Cow;

use fastwebsockets::{CloseCode, OpCode};

use super::parse::{Parsed, parse};
use super::text::Room;

/// The maximum number of fragments per message. More close the connection with code 1008, as in the reference
/// implementation: each fragment has a cost, however small it is.
const MAX_FRAGMENTS: u32 = 16_384;

/// A received message or control frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    Text(Cow<'a, str>),
    Binary(Cow<'a, [u8]>),
    Ping(&'a [u8]),
    Pong,
    /// The peer closes, with this code if it sent one.
    Close(Option<u16>),
    /// A fragment of a message. More fragments follow.
    Fragment,
}

/// Assembles messages. Holds no data between unfragmented messages.
#[derive(Debug)]
pub(crate) struct Reader {
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
    pub(crate) fn new(max_payload: usize) -> Self {
        Self { max_payload, partial: None }
    }

    /// Reads the frame at the start of `buffer`. Returns the result and the number of bytes used, or `None` while the
    /// frame is incomplete. The error is the code to close with: 1002 protocol violation, 1007 invalid UTF-8, 1008 too
    /// many fragments, 1009 too large.
    #[inline(always)]
    pub(crate) fn next<'a>(
        &mut self,
        buffer: &'a mut [u8],
        room: &'a mut Room,
    ) -> Result<Option<(Incoming<'a>, usize)>, CloseCode> {
        let Some(Parsed { fin, opcode, payload }) = parse(buffer, self.max_payload)? else { return Ok(None) };
        let end = payload.end;
        let payload = &buffer[payload];
        let incoming = match opcode {
            OpCode::Ping => Incoming::Ping(payload),
            OpCode::Pong => Incoming::Pong,
            OpCode::Close => Incoming::Close(close_code(payload)?),
            OpCode::Continuation => self.append(fin, payload)?,
            OpCode::Text | OpCode::Binary if self.partial.is_some() => return Err(CloseCode::Protocol),
            OpCode::Text if fin => Incoming::Text(Cow::Borrowed(room.text(payload).map_err(|_| CloseCode::Invalid)?)),
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

/// Returns the code of a close frame after validation (RFC 6455, section 7.4).
fn close_code(payload: &[u8]) -> Result<Option<u16>, CloseCode> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !CloseCode::from(code).is_allowed() {
                return Err(CloseCode::Protocol);
            }
            str::from_utf8(reason).map_err(|_| CloseCode::Invalid)?;
            Ok(Some(code))
        }
        [_] => Err(CloseCode::Protocol),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIN: u8 = 0x80;

    /// A frame as sent by a client.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [7, 77, 177, 207];
        let mut out = vec![first];
        match payload.len() {
            n @ 0..126 => out.push(0x80 | n as u8),
            n @ 126..65536 => {
                out.push(0x80 | 126);
                out.extend((n as u16).to_be_bytes());
            }
            n => {
                out.push(0x80 | 127);
                out.extend((n as u64).to_be_bytes());
            }
        }
        out.extend(mask);
        out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        out
    }

    /// Reads the whole input. Returns the messages in `Debug` format, or the close code of the violation.
    fn read(reader: &mut Reader, mut input: Vec<u8>) -> Result<Vec<String>, CloseCode> {
        let (mut out, mut at) = (Vec::new(), 0);
        while let Some((incoming, used)) = reader.next(&mut input[at..], &mut Room::new())? {
            if incoming != Incoming::Fragment {
                out.push(format!("{incoming:?}"));
            }
            at += used;
        }
        assert_eq!(at, input.len(), "something was left");
        Ok(out)
    }

    fn once(input: Vec<u8>) -> Result<Vec<String>, CloseCode> {
        read(&mut Reader::new(1000), input)
    }

    #[test]
    fn fragments_are_put_together_around_control_frames() {
        let input = [frame(1, b"4h"), frame(FIN | 9, b"?"), frame(0, b"el"), frame(FIN, b"lo")].concat();
        assert_eq!(once(input).unwrap(), [r"Ping([63])", r#"Text("4hello")"#]);
        let cut_character = [frame(1, &[0xe2, 0x82]), frame(FIN, &[0xac])].concat();
        assert_eq!(once(cut_character).unwrap(), [r#"Text("€")"#]);
    }

    #[test]
    fn violations_have_the_codes_of_rfc_6455() {
        let unmasked = vec![FIN | 1, 2, b'4', b'x'];
        let fragmented_ping = frame(9, b"");
        let long_ping = frame(FIN | 9, &[0; 126]);
        let lone_continuation = frame(FIN, b"x");
        let interrupted = [frame(1, b"4a"), frame(FIN | 1, b"4b")].concat();
        let top_bit = [vec![FIN | 2, 0xff], vec![0x80, 0, 0, 0, 0, 0, 0, 0]].concat();
        let protocol = [
            unmasked,
            fragmented_ping,
            long_ping,
            lone_continuation,
            interrupted,
            top_bit,
            frame(FIN | 0x40 | 1, b"4x"),
            frame(FIN | 3, b""),
            frame(FIN | 11, b""),
            frame(FIN | 8, &[3]),
            frame(FIN | 8, &1005u16.to_be_bytes()),
        ];
        for input in protocol {
            assert_eq!(once(input.clone()), Err(CloseCode::Protocol), "{input:?}");
        }
        assert_eq!(once(frame(FIN | 1, &[0xff])), Err(CloseCode::Invalid));
        assert_eq!(once(frame(FIN | 8, &[3, 232, 0xff])), Err(CloseCode::Invalid));
        assert_eq!(once([frame(1, &[0xff]), frame(FIN, b"")].concat()), Err(CloseCode::Invalid));
    }

    #[test]
    fn the_limit_is_on_the_message_and_holds_before_it_has_arrived() {
        assert!(once(frame(FIN | 2, &[0; 1000])).is_ok());
        assert_eq!(once(frame(FIN | 2, &[0; 1001])), Err(CloseCode::Size));
        let header_only = vec![FIN | 2, 0x80 | 126, 0x03, 0xe9];
        assert_eq!(once(header_only), Err(CloseCode::Size));
        let sum = [frame(2, &[0; 600]), frame(FIN, &[0; 600])].concat();
        assert_eq!(once(sum), Err(CloseCode::Size));
    }

    #[test]
    fn endless_tiny_fragments_are_refused() {
        let mut reader = Reader::new(1_000_000);
        assert!(read(&mut reader, frame(2, b"")).is_ok());
        let refused = (0..MAX_FRAGMENTS).find_map(|_| read(&mut reader, frame(0, b"")).err());
        assert_eq!(refused, Some(CloseCode::Policy));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(mut input in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(100);
            let mut at = 0;
            while let Ok(Some((_, used))) = reader.next(&mut input[at..], &mut Room::new()) {
                prop_assert!(used > 0);
                at += used;
            }
        }

        #[test]
        fn it_does_not_matter_how_the_bytes_arrive(
            messages in proptest::collection::vec(("[a-zé€]{0,200}", 1..4usize), 1..5),
            cut in 1..50usize,
        ) {
            let mut input = Vec::new();
            for (text, pieces) in &messages {
                let bytes = text.as_bytes();
                let size = bytes.len() / pieces + 1;
                let parts: Vec<_> = if bytes.is_empty() { vec![bytes] } else { bytes.chunks(size).collect() };
                for (i, part) in parts.iter().enumerate() {
                    let opcode = u8::from(i == 0);
                    let fin = if i + 1 == parts.len() { FIN } else { 0 };
                    input.extend(frame(fin | opcode, part));
                }
            }
            let whole = once(input.clone()).unwrap();
            let mut reader = Reader::new(1000);
            let (mut pending, mut pieces) = (Vec::new(), Vec::new());
            for chunk in input.chunks(cut) {
                pending.extend_from_slice(chunk);
                let mut at = 0;
                while let Some((incoming, used)) = reader.next(&mut pending[at..], &mut Room::new()).unwrap() {
                    if incoming != Incoming::Fragment {
                        pieces.push(format!("{incoming:?}"));
                    }
                    at += used;
                }
                pending.drain(..at);
            }
            prop_assert_eq!(pieces, whole);
        }
    }
}
