//! A WebSocket frame as a client sends it: valid by default, and invalid where a test asks for it.

/// The opcodes of RFC 6455, section 11.8.
pub mod opcode {
    /// A continuation of a fragmented message.
    pub const CONTINUATION: u8 = 0;
    /// A text message.
    pub const TEXT: u8 = 1;
    /// A binary message.
    pub const BINARY: u8 = 2;
    /// A close frame.
    pub const CLOSE: u8 = 8;
    /// A ping.
    pub const PING: u8 = 9;
    /// A pong.
    pub const PONG: u8 = 10;
}

/// A frame to send.
#[derive(Debug, Clone)]
pub struct Frame {
    first_byte: u8,
    masked: bool,
    claimed_length: Option<u64>,
    payload: Vec<u8>,
}

impl Frame {
    /// Creates a final, masked frame.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { first_byte: 0x80 | opcode, masked: true, claimed_length: None, payload: payload.into() }
    }

    /// Creates a text message.
    pub fn text(text: &str) -> Self {
        Self::new(opcode::TEXT, text)
    }

    /// Creates a binary message.
    pub fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::BINARY, payload)
    }

    /// Creates a close frame without a code.
    pub fn close() -> Self {
        Self::new(opcode::CLOSE, [])
    }

    /// Clears the FIN bit: more frames of the same message follow.
    pub fn unfinished(mut self) -> Self {
        self.first_byte &= 0x7F;
        self
    }

    /// Sets reserved bits, for example `0b100` for RSV1.
    pub fn reserved(mut self, bits: u8) -> Self {
        self.first_byte |= bits << 4;
        self
    }

    /// Removes the mask that a client must apply.
    pub fn unmasked(mut self) -> Self {
        self.masked = false;
        self
    }

    /// Announces a length other than the payload's.
    pub fn claiming(mut self, length: u64) -> Self {
        self.claimed_length = Some(length);
        self
    }

    /// Returns the encoded frame.
    pub fn to_bytes(&self) -> Vec<u8> {
        const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
        let mask_bit = if self.masked { 0x80 } else { 0 };
        let mut bytes = vec![self.first_byte];
        match self.claimed_length.unwrap_or(self.payload.len() as u64) {
            length @ 0..=125 => bytes.push(mask_bit | length as u8),
            length @ 126..=0xFFFF => {
                bytes.push(mask_bit | 126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                bytes.push(mask_bit | 127);
                bytes.extend_from_slice(&length.to_be_bytes());
            }
        }
        if self.masked {
            bytes.extend_from_slice(&MASK);
            bytes.extend(self.payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        } else {
            bytes.extend_from_slice(&self.payload);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The examples of RFC 6455, section 5.7.
    #[test]
    fn frames_of_the_rfc() {
        assert_eq!(Frame::text("Hello").unmasked().to_bytes(), b"\x81\x05Hello");
        assert_eq!(Frame::text("Hello").to_bytes(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        assert_eq!(Frame::text("Hel").unfinished().unmasked().to_bytes(), b"\x01\x03Hel");
        assert_eq!(Frame::binary([0; 256]).unmasked().to_bytes()[..4], [0x82, 0x7E, 0x01, 0x00]);
        assert_eq!(Frame::binary([0; 65536]).unmasked().to_bytes()[..10], [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn frames_can_be_wrong() {
        assert_eq!(Frame::text("").reserved(0b100).unmasked().to_bytes(), [0xC1, 0]);
        assert_eq!(Frame::binary([]).claiming(1 << 40).unmasked().to_bytes()[..4], [0x82, 0x7F, 0, 0]);
    }
}
