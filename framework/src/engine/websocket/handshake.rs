//! The opening handshake (RFC 6455, section 4.2).

use bytes::Bytes;
use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Version};
use hyper::upgrade::OnUpgrade;

use crate::engine::answers::{Response, bare, response};

/// Whether the request asks for a WebSocket (RFC 6455, section 4.2.1). Without `Connection: Upgrade` it is a plain
/// request.
pub(crate) fn is_upgrade(request: &Parts) -> bool {
    let names = |header: HeaderName, token: &str| {
        let values = request.headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    names(UPGRADE, "websocket") && names(CONNECTION, "upgrade")
}

/// What is wrong with an upgrade as a WebSocket handshake (RFC 6455, section 4.2.1).
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

/// The 101 answer, and the connection once it has been sent. fastwebsockets computes the answer; the
/// connection is asked for first, to get the stream itself.
pub(crate) fn accept(parts: &mut Parts) -> Option<(Response, OnUpgrade)> {
    let mut request = Request::new(());
    std::mem::swap(request.headers_mut(), &mut parts.headers);
    std::mem::swap(request.extensions_mut(), &mut parts.extensions);
    let upgraded = hyper::upgrade::on(&mut request);
    let accepted = fastwebsockets::upgrade::upgrade(&mut request);
    std::mem::swap(request.headers_mut(), &mut parts.headers);
    std::mem::swap(request.extensions_mut(), &mut parts.extensions);
    let (answer, _) = accepted.ok()?;
    let mut headers = answer.into_parts().0.headers;
    // The reference selects the first subprotocol that is offered.
    let offered = parts.headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|p| p.to_str().ok());
    let first = offered.and_then(|p| p.split(',').next()).and_then(|p| HeaderValue::try_from(p.trim()).ok());
    headers.extend(first.filter(|p| !p.is_empty()).map(|p| (SEC_WEBSOCKET_PROTOCOL, p)));
    Some((response(StatusCode::SWITCHING_PROTOCOLS, headers, Bytes::new()), upgraded))
}
