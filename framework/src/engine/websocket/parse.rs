//! Parses one frame in place (RFC 6455, section 5.2).

use std::ops::Range;

use fastwebsockets::{CloseCode, OpCode};

/// The longest payload of a control frame (RFC 6455, section 5.5).
const MAX_CONTROL: u64 = 125;

/// A complete frame. Its payload is unmasked.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) fin: bool,
    pub(super) opcode: OpCode,
    pub(super) payload: Range<usize>,
}

/// Parses the frame at the start of `buffer`. Returns `None` while bytes are missing. The size limit is checked as soon
/// as the header is complete.
pub(super) fn parse(buffer: &mut [u8], max_payload: usize) -> Result<Option<Parsed>, CloseCode> {
    let [first, second, after @ ..] = &*buffer else { return Ok(None) };
    let (first, second) = (*first, *second);
    // No extension was negotiated, so the reserved bits must be zero.
    if first & 0x70 != 0 {
        return Err(CloseCode::Protocol);
    }
    let opcode = OpCode::try_from(first & 0x0f).map_err(|_| CloseCode::Protocol)?;
    let fin = first & 0x80 != 0;
    // Clients must mask their frames (section 5.1).
    if second & 0x80 == 0 {
        return Err(CloseCode::Protocol);
    }
    let (length, header) = match second & 0x7f {
        126 => match after.first_chunk::<2>() {
            Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 4),
            None => return Ok(None),
        },
        127 => match after.first_chunk::<8>() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    if matches!(opcode, OpCode::Ping | OpCode::Pong | OpCode::Close) && (!fin || length > MAX_CONTROL) {
        return Err(CloseCode::Protocol);
    }
    if length >> 63 != 0 {
        return Err(CloseCode::Protocol);
    }
    let length = usize::try_from(length).ok().filter(|l| *l <= max_payload).ok_or(CloseCode::Size)?;
    let start = header + 4;
    let Some(mask) = buffer.get(header..start).and_then(|m| m.first_chunk::<4>()).copied() else { return Ok(None) };
    let Some(payload) = buffer.get_mut(start..start + length) else { return Ok(None) };
    unmask(payload, mask);
    Ok(Some(Parsed { fin, opcode, payload: start..start + length }))
}

/// Unmasks the payload (section 5.3). In blocks, which the compiler vectorizes.
#[inline(always)]
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (blocks, rest) = payload.as_chunks_mut::<128>();
    for block in blocks {
        unmask_words(block.as_chunks_mut().0, mask);
    }
    let (words, rest) = rest.as_chunks_mut();
    unmask_words(words, mask);
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

#[inline]
fn unmask_words(words: &mut [[u8; 4]], mask: [u8; 4]) {
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
}
