//! Ids of sessions and sockets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng as _;

/// Generates an id: 15 bytes from a cryptographically secure generator, as 20 URL-safe characters, like the ids of
/// Node.js. A session id is a bearer secret, so it must be unguessable.
pub(crate) fn generate() -> String {
    let mut bytes = [0; 15];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_twenty_safe_characters_and_differ() {
        let (a, b) = (super::generate(), super::generate());
        assert_eq!(a.len(), 20);
        assert!(a.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'));
        assert_ne!(a, b);
    }
}
