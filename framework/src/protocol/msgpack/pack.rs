//! Writes MessagePack values in their shortest form.

pub(crate) fn pack_unsigned(out: &mut Vec<u8>, number: u64) {
    if number < 0x80 {
        out.push(number as u8);
    } else if let Ok(number) = u8::try_from(number) {
        out.extend_from_slice(&[0xcc, number]);
    } else if let Ok(number) = u16::try_from(number) {
        out.push(0xcd);
        out.extend_from_slice(&number.to_be_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        out.push(0xce);
        out.extend_from_slice(&number.to_be_bytes());
    } else {
        out.push(0xcf);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

pub(crate) fn pack_signed(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = u64::try_from(number) {
        pack_unsigned(out, number);
    } else if let Ok(number) = i8::try_from(number) {
        if number < -0x20 {
            out.push(0xd0);
        }
        out.push(number as u8);
    } else if let Ok(number) = i16::try_from(number) {
        out.push(0xd1);
        out.extend_from_slice(&number.to_be_bytes());
    } else if let Ok(number) = i32::try_from(number) {
        out.push(0xd2);
        out.extend_from_slice(&number.to_be_bytes());
    } else {
        out.push(0xd3);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

pub(crate) fn pack_str(out: &mut Vec<u8>, text: &str) {
    Header::Str.put(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn pack_binary(out: &mut Vec<u8>, data: &[u8]) {
    Header::Bin.put(out, data.len());
    out.extend_from_slice(data);
}

/// The header of a value: its type and length.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Header {
    Str,
    Bin,
    Array,
    Map,
}

impl Header {
    pub(crate) fn put(self, out: &mut Vec<u8>, length: usize) {
        let (bytes, used) = self.bytes(length);
        out.extend_from_slice(&bytes[..used]);
    }

    /// Replaces the header of the value that starts at `start` by one with another length.
    pub(crate) fn correct(self, out: &mut Vec<u8>, start: usize, wrong: usize, right: usize) {
        let (bytes, used) = self.bytes(right);
        let end = start + self.bytes(wrong).1;
        out.splice(start..end, bytes[..used].iter().copied());
    }

    /// The header, and the number of its bytes that are used. No frame is as long as 4 GiB, so the length fits 32 bits.
    fn bytes(self, length: usize) -> ([u8; 5], usize) {
        // For each type: the marker that contains the length, the maximum of that length, and the markers that are
        // followed by a length of one, two and four bytes.
        let (inside, most, one, two, four) = match self {
            Self::Str => (0xa0, 31, Some(0xd9), 0xda, 0xdb),
            Self::Bin => (0, 0, Some(0xc4), 0xc5, 0xc6),
            Self::Array => (0x90, 15, None, 0xdc, 0xdd),
            Self::Map => (0x80, 15, None, 0xde, 0xdf),
        };
        let [.., c, d] = (length as u32).to_be_bytes();
        match one {
            _ if length <= most && most > 0 => ([inside | d, 0, 0, 0, 0], 1),
            Some(one) if length <= 0xff => ([one, d, 0, 0, 0], 2),
            _ if length <= 0xffff => ([two, c, d, 0, 0], 3),
            _ => {
                let [a, b, c, d] = (length as u32).to_be_bytes();
                ([four, a, b, c, d], 5)
            }
        }
    }
}
