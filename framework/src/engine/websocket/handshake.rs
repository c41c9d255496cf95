//! The opening handshake (RFC 6455, section 4.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use sha1::{Digest as _, Sha1};

use crate::engine::answers::{Response, bare, response};

/// Returns `true` if the request asks for a WebSocket (RFC 6455, section 4.2.1). Without `Connection: Upgrade` it is a
/// regular request.
pub(crate) fn is_upgrade(request: &Parts) -> bool {
    let names = |header: HeaderName, token: &[u8]| {
        let is_token = |item: &[u8]| item.trim_ascii().eq_ignore_ascii_case(token);
        // Most values consist of the token alone.
        let is_among = |value: &[u8]| value.eq_ignore_ascii_case(token) || value.split(|b| *b == b',').any(is_token);
        request.headers.get_all(header).iter().any(|value| is_among(value.as_bytes()))
    };
    request.headers.contains_key(UPGRADE) && names(UPGRADE, b"websocket") && names(CONNECTION, b"upgrade")
}

/// Checks an upgrade as a WebSocket handshake (RFC 6455, section 4.2.1). Returns the response to an invalid one.
pub(crate) fn check(request: &Parts) -> Option<Response> {
    if request.method != Method::GET || request.version != Version::HTTP_11 {
        return Some(bare(StatusCode::BAD_REQUEST, "An upgrade is a GET request of HTTP/1.1"));
    }
    let refused = |name: &str| Some(bare(StatusCode::BAD_REQUEST, &format!("Missing or invalid {name} header")));
    if request.headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|v| v.as_bytes() != b"13") {
        let mut answer = refused("Sec-WebSocket-Version")?;
        answer.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13, 8"));
        return Some(answer);
    }
    let key = request.headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    // 16 bytes in base64.
    let valid = key.len() == 24 && key.ends_with(b"==");
    if valid { None } else { refused("Sec-WebSocket-Key") }
}

/// Returns the 101 response, and the connection that is ready once the response has been sent. `None` if the request
/// has no connection: a layer has taken it or has rebuilt the request.
pub(crate) fn accept(parts: &mut Parts) -> Option<(Response, OnUpgrade)> {
    let upgraded = parts.extensions.remove::<OnUpgrade>()?;
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept_value(parts.headers.get(SEC_WEBSOCKET_KEY)?.as_bytes())?);
    // The reference implementation selects the first offered subprotocol.
    let offered = parts.headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|p| p.to_str().ok());
    let first = offered.and_then(|p| p.split(',').next()).and_then(|p| HeaderValue::try_from(p.trim()).ok());
    if let Some(first) = first.filter(|p| !p.is_empty()) {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, first);
    }
    Some((response(StatusCode::SWITCHING_PROTOCOLS, headers, Bytes::new()), upgraded))
}

/// The value that proves that the server read the key (RFC 6455, section 4.2.2).
fn accept_value(key: &[u8]) -> Option<HeaderValue> {
    let digest = Sha1::new().chain_update(key).chain_update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize();
    // 20 bytes are 28 characters in base64.
    let mut value = [0; 28];
    STANDARD.encode_slice(digest, &mut value).ok()?;
    HeaderValue::from_bytes(&value).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_key_is_answered_as_in_rfc_6455() {
        let value = super::accept_value(b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(value.unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
