//! Payloads and numbers in messages.

/// Returns printable ASCII that JSON does not escape.
pub fn text(size: usize) -> Vec<u8> {
    (0..size).map(|i| b"abcdefghijklmnopqrstuvwxyz0123456789"[(i * 7 + i / 36) % 36]).collect()
}

pub fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i * 131 + i / 251) as u8).collect()
}

/// Parses a decimal number of ASCII digits. Other input gives a number that is not a pending id.
pub fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |n, d| n.wrapping_mul(10).wrapping_add(u64::from(d.wrapping_sub(b'0'))))
}
