//! Outgoing frames: encoded once, whatever the number of receivers and their transports.
//!
//! A frame is kept as the complete bytes that a WebSocket sends; long-polling takes the same bytes
//! less the header. What is written is built behind some headroom, so that a prefix whose length is
//! known only at the end (attachment count, WebSocket length) needs no second copy.

use std::cell::Cell;
use std::io;

use bytes::{Buf, Bytes, BytesMut};

/// The longest header of a frame that a server sends (no mask): two bytes and a 64-bit length.
const MAX_HEADER: usize = 10;
/// Frames are cut from blocks of this size. Small, because one waiting frame keeps its whole block.
const BLOCK: usize = 4096;
/// A block with less room than this is not started upon.
const MIN_ROOM: usize = 256;

// The first byte of a frame: FIN and the opcode (RFC 6455, section 5.2).
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

thread_local! {
    static ARENA: Cell<BytesMut> = Cell::new(BytesMut::new());
}

/// A copy that can be kept and shared: the buffer that incoming bytes were read into belongs to the thread.
pub(crate) fn share(bytes: &[u8]) -> Bytes {
    if bytes.len() > BLOCK {
        return Bytes::copy_from_slice(bytes);
    }
    let mut block = ARENA.take();
    if block.capacity() < bytes.len() {
        block.reserve(BLOCK.max(bytes.len()));
    }
    block.extend_from_slice(bytes);
    let shared = block.split().freeze();
    ARENA.set(block);
    shared
}

/// One complete outgoing WebSocket frame; cloning shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame(Bytes);

impl Frame {
    /// A text frame of these bytes, which are UTF-8.
    pub(crate) fn text(payload: &[u8]) -> Self {
        Self::of(TEXT, payload)
    }

    /// A binary frame of these bytes.
    pub(crate) fn binary(payload: &[u8]) -> Self {
        Self::of(BINARY, payload)
    }

    /// The answer to a WebSocket ping.
    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::of(PONG, payload)
    }

    /// A WebSocket close, with a code or empty.
    pub(crate) fn close(code: Option<u16>) -> Self {
        Self::of(CLOSE, code.map(u16::to_be_bytes).as_ref().map_or(&[], |bytes| &bytes[..]))
    }

    fn of(first: u8, payload: &[u8]) -> Self {
        let mut writer = FrameWriter::new(0);
        writer.extend(payload);
        writer.seal(first, 0)
    }

    pub(crate) fn is_binary(&self) -> bool {
        self.0[0] == BINARY
    }

    /// What the frame carries: an Engine.IO packet with its digit, or bare binary data.
    pub(crate) fn payload(&self) -> &[u8] {
        let header = match self.0[1] {
            126 => 4,
            127 => MAX_HEADER,
            _ => 2,
        };
        &self.0[header..]
    }

    /// Header and payload.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes the payload of one frame, leaving room in front of it.
#[derive(Debug)]
pub(crate) struct FrameWriter {
    block: BytesMut,
    body: usize,
}

impl FrameWriter {
    /// A writer that can later put up to `prefix` bytes before what is written now.
    pub(crate) fn new(prefix: usize) -> Self {
        let mut block = ARENA.take();
        let body = MAX_HEADER + prefix;
        if block.capacity() < body + MIN_ROOM {
            block.reserve(BLOCK.max(body + MIN_ROOM));
        }
        block.resize(body, 0);
        Self { block, body }
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
    }

    /// A text frame of the prefix, which is given in parts, and of what was written. The prefix fits what
    /// `new` was told.
    pub(crate) fn finish(mut self, prefix: &[&[u8]]) -> Frame {
        let mut start = self.body;
        for part in prefix.iter().rev() {
            let end = start;
            start -= part.len();
            self.block[start..end].copy_from_slice(part);
        }
        let prefix = self.body - start;
        self.seal(TEXT, prefix)
    }

    fn seal(mut self, first: u8, prefix: usize) -> Frame {
        let start = self.body - prefix;
        let length = self.block.len() - start;
        let mut header = [first, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let size = match length {
            0..126 => {
                header[1] = length as u8;
                2
            }
            126..65536 => {
                header[1] = 126;
                header[2..4].copy_from_slice(&(length as u16).to_be_bytes());
                4
            }
            _ => {
                header[1] = 127;
                header[2..].copy_from_slice(&(length as u64).to_be_bytes());
                MAX_HEADER
            }
        };
        self.block[start - size..start].copy_from_slice(&header[..size]);
        let mut frame = self.block.split().freeze();
        frame.advance(start - size);
        // What is left of a large frame's block would be as large, and be pinned whole by the next small frame.
        if length <= BLOCK {
            ARENA.set(self.block);
        }
        Frame(frame)
    }
}

impl io::Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
    fn a_large_frame_leaves_no_large_block_for_small_ones() {
        let large = Frame::binary(&vec![7; 1 << 20]);
        assert!(ARENA.take().capacity() <= BLOCK);
        drop((share(&vec![7; 1 << 20]), large));
        assert!(ARENA.take().capacity() <= BLOCK);
    }

    #[test]
    fn a_prefix_is_put_before_the_body() {
        let mut writer = FrameWriter::new(8);
        writer.extend(b"[1]");
        let frame = writer.finish(&[b"43", b"0"]);
        assert_eq!(frame.payload(), b"430[1]");
    }

    #[test]
    fn frames_of_one_block_do_not_overlap() {
        let frames: Vec<Frame> = (0..1000).map(|i| Frame::text(format!("4{i}").as_bytes())).collect();
        for (i, frame) in frames.iter().enumerate() {
            assert_eq!(frame.payload(), format!("4{i}").as_bytes());
        }
    }
}
