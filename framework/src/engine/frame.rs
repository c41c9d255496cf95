//! Outgoing frames. A frame is encoded once, for all recipients and transports.
//!
//! A frame is stored as the complete bytes that a WebSocket sends. Long-polling uses the same bytes without the header.
//! The payload is written after some headroom, so that a prefix whose length is known only at the end (attachment
//! count, WebSocket length) needs no second copy.

use std::sync::Arc;

use super::spare;

/// The longest header of a frame from a server (unmasked): two bytes and a 64-bit length.
const MAX_HEADER: usize = 10;
/// Larger frames are shared between queues instead of being copied into them.
const MAX_COPIED: usize = 16 * 1024;
/// The same limit for a frame with many recipients: above it, counting references is cheaper than copying.
const MAX_COPIED_TO_MANY: usize = 512;

// The first byte of a frame: FIN and the opcode (RFC 6455, section 5.2).
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

/// One complete outgoing WebSocket frame.
#[derive(Clone, Debug)]
pub(crate) struct Frame(Storage);

#[derive(Clone, Debug)]
enum Storage {
    Written(Written),
    Shared(Arc<Written>),
}

/// Encoded bytes: the part of the buffer from `start` on.
#[derive(Clone, Debug)]
pub(super) struct Written {
    buffer: Buffer,
    start: usize,
}

impl Written {
    /// Takes a whole buffer and drops its unused capacity, because it may be kept for long.
    pub(super) fn exactly(mut bytes: Vec<u8>) -> Self {
        bytes.shrink_to_fit();
        Self { buffer: Buffer(bytes), start: 0 }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer.0[self.start..]
    }
}

/// A buffer that becomes the thread's spare buffer when it is dropped.
#[derive(Clone, Debug)]
struct Buffer(Vec<u8>);

impl Drop for Buffer {
    fn drop(&mut self) {
        spare::give(std::mem::take(&mut self.0));
    }
}

impl Frame {
    /// A text frame. The payload must be UTF-8.
    pub(crate) fn text(payload: &[u8]) -> Self {
        Self::of(TEXT, payload)
    }

    /// A binary frame.
    pub(crate) fn binary(payload: &[u8]) -> Self {
        Self::of(BINARY, payload)
    }

    /// The answer to a WebSocket ping.
    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::of(PONG, payload)
    }

    /// A WebSocket close frame, with or without a code.
    pub(crate) fn close(code: Option<u16>) -> Self {
        Self::of(CLOSE, code.map(u16::to_be_bytes).as_ref().map_or(&[], |bytes| &bytes[..]))
    }

    fn of(first: u8, payload: &[u8]) -> Self {
        let mut writer = FrameWriter::new(0);
        writer.buffer().extend_from_slice(payload);
        writer.seal(first)
    }

    /// Header and payload.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.0 {
            Storage::Written(written) => written.bytes(),
            Storage::Shared(written) => written.bytes(),
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.bytes().len()
    }

    /// The payload of the frame.
    pub(crate) fn payload(&self) -> &[u8] {
        payload_of(self.bytes())
    }

    /// The frame's bytes as a shared buffer, if the frame is large enough for sharing to be cheaper than copying.
    #[inline]
    pub(super) fn shared(&self) -> Option<&Arc<Written>> {
        match &self.0 {
            Storage::Written(_) => None,
            Storage::Shared(written) => Some(written),
        }
    }

    /// Prepares the frame to be queued to many recipients.
    pub(crate) fn for_many(self) -> Self {
        match &self.0 {
            Storage::Written(written) if self.len() > MAX_COPIED_TO_MANY => {
                Self(Storage::Shared(Arc::new(Written::exactly(written.bytes().to_vec()))))
            }
            _ => self,
        }
    }
}

/// The length of the header of the first frame in `bytes`, and the length of the whole frame.
fn lengths(bytes: &[u8]) -> (usize, usize) {
    match bytes[1] {
        126 => (4, 4 + usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
        127 => {
            let length = bytes[2..MAX_HEADER].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (MAX_HEADER, MAX_HEADER + length)
        }
        short => (2, 2 + usize::from(short)),
    }
}

fn payload_of(frame: &[u8]) -> &[u8] {
    &frame[lengths(frame).0..]
}

/// The payloads of the consecutive frames in `bytes`. The flag is `true` for binary.
pub(super) fn payloads(mut bytes: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    std::iter::from_fn(move || {
        let is_binary = *bytes.first()? == BINARY;
        let (header, end) = lengths(bytes);
        let payload = &bytes[header..end];
        bytes = &bytes[end..];
        Some((is_binary, payload))
    })
}

/// Writes the payload of one frame, with headroom before it.
#[derive(Debug)]
pub(crate) struct FrameWriter {
    buffer: Buffer,
    body: usize,
}

impl FrameWriter {
    /// Creates a writer with headroom for a prefix of up to `prefix` bytes.
    #[inline(always)]
    pub(crate) fn new(prefix: usize) -> Self {
        let mut buffer = spare::take();
        let body = MAX_HEADER + prefix;
        match [0; 64].get(..body) {
            Some(headroom) => buffer.extend_from_slice(headroom),
            None => buffer.resize(body, 0),
        }
        Self { buffer: Buffer(buffer), body }
    }

    /// The buffer for the payload. Only append to it.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer.0
    }

    /// Ensures headroom for a prefix of `prefix` bytes. This may move the payload.
    pub(crate) fn make_room(&mut self, prefix: usize) {
        let wanted = MAX_HEADER + prefix;
        if self.body < wanted {
            let missing = wanted - self.body;
            self.buffer.0.splice(..0, std::iter::repeat_n(0, missing));
            self.body = wanted;
        }
    }

    /// Puts `part` before everything written so far. The parts together must not exceed the headroom.
    #[inline(always)]
    pub(crate) fn prepend(&mut self, part: &[u8]) {
        let start = self.body - part.len();
        self.buffer.0[start..self.body].copy_from_slice(part);
        self.body = start;
    }

    /// Finishes a text frame.
    #[inline(always)]
    pub(crate) fn finish(self) -> Frame {
        self.seal(TEXT)
    }

    /// Finishes a binary frame.
    #[cfg(feature = "msgpack")]
    pub(crate) fn finish_binary(self) -> Frame {
        self.seal(BINARY)
    }

    #[inline(always)]
    fn seal(mut self, first: u8) -> Frame {
        let buffer = &mut self.buffer.0;
        let payload = self.body;
        let length = buffer.len() - payload;
        let start = match length {
            0..126 => {
                buffer[payload - 1] = length as u8;
                payload - 2
            }
            126..65536 => {
                buffer[payload - 2..payload].copy_from_slice(&(length as u16).to_be_bytes());
                buffer[payload - 3] = 126;
                payload - 4
            }
            _ => {
                buffer[payload - 8..payload].copy_from_slice(&(length as u64).to_be_bytes());
                buffer[payload - 9] = 127;
                payload - MAX_HEADER
            }
        };
        buffer[start] = first;
        if length > MAX_COPIED {
            return Frame(Storage::Shared(Arc::new(Written { buffer: self.buffer, start })));
        }
        Frame(Storage::Written(Written { buffer: self.buffer, start }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_follow_rfc_6455() {
        assert_eq!(Frame::text(b"2").bytes(), b"\x81\x012");
        assert_eq!(Frame::binary(&[]).bytes(), b"\x82\x00");
        let medium = Frame::text(&[b'a'; 126]);
        assert_eq!(&medium.bytes()[..4], b"\x81\x7e\x00\x7e");
        let large = Frame::binary(&[7; 65536]);
        assert_eq!(&large.bytes()[..10], b"\x82\x7f\0\0\0\0\0\x01\0\0");
        for frame in [medium, large] {
            assert!(frame.payload().len() == 126 || frame.payload().len() == 65536);
        }
    }

    #[test]
    fn a_prefix_is_put_before_the_body() {
        let mut writer = FrameWriter::new(8);
        writer.buffer().extend_from_slice(b"[1]");
        writer.prepend(b"0");
        writer.prepend(b"43");
        let frame = writer.finish();
        assert_eq!(frame.payload(), b"430[1]");
    }

    #[test]
    fn room_is_made_for_a_prefix_that_nobody_knew_of() {
        for prefix in ["/a,", "/a/namespace/of/a/long/name,"] {
            let mut writer = FrameWriter::new(8);
            writer.buffer().extend_from_slice(b"7[1]");
            writer.make_room(2 + prefix.len());
            writer.prepend(prefix.as_bytes());
            writer.prepend(b"43");
            assert_eq!(writer.finish().payload(), format!("43{prefix}7[1]").as_bytes());
        }
    }

    #[test]
    fn frames_one_behind_the_other_are_told_apart() {
        let written: Vec<Vec<u8>> = [0, 1, 125, 126, 65535, 65536, 3].map(|length| vec![b'4'; length]).to_vec();
        let mut bytes = Vec::new();
        for (index, payload) in written.iter().enumerate() {
            let frame = if index % 2 == 0 { Frame::text(payload) } else { Frame::binary(payload) };
            bytes.extend_from_slice(frame.bytes());
        }
        let read: Vec<_> = payloads(&bytes).map(|(is_binary, payload)| (is_binary, payload.to_vec())).collect();
        let expected: Vec<_> =
            written.into_iter().enumerate().map(|(index, payload)| (index % 2 == 1, payload)).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn several_frames_at_a_time_do_not_share_a_buffer() {
        let frames: Vec<Frame> = (0..100).map(|i| Frame::text(format!("4{i}").as_bytes())).collect();
        for (i, frame) in frames.iter().enumerate() {
            assert_eq!(frame.payload(), format!("4{i}").as_bytes());
        }
    }
}
