//! WebSocket frames (RFC 6455): encodes masked client frames, and parses unmasked server frames.

/// A non-zero mask, so that the server has to unmask.
pub const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// Appends a client frame.
pub fn push(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match payload.len() {
        n @ 0..126 => out.push(0x80 | n as u8),
        n @ 126..65536 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(n as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().enumerate().map(|(i, b)| b ^ MASK[i & 3]));
}

/// Returns a client text frame.
pub fn text(payload: impl AsRef<[u8]>) -> Vec<u8> {
    let mut frame = Vec::new();
    push(&mut frame, TEXT, payload.as_ref());
    frame
}

pub struct Head {
    pub opcode: u8,
    pub head: usize,
    pub payload: usize,
}

/// Parses the server frame at the start of `bytes`. Returns `None` if it is incomplete.
pub fn parse(bytes: &[u8]) -> Result<Option<Head>, String> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    if first & 0xf0 != 0x80 {
        return Err(format!("a frame whose first byte is {first:#x}: a fragment, or a reserved bit"));
    }
    let (head, payload) = match second {
        n @ 0..126 => (2, usize::from(n)),
        126 => match rest.first_chunk() {
            Some(n) => (4, usize::from(u16::from_be_bytes(*n))),
            None => return Ok(None),
        },
        127 => match rest.first_chunk() {
            Some(n) => (10, u64::from_be_bytes(*n) as usize),
            None => return Ok(None),
        },
        _ => return Err("a masked frame from the server".into()),
    };
    let whole = bytes.len() >= head + payload;
    Ok(whole.then_some(Head { opcode: first & 15, head, payload }))
}
