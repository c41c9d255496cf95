//! HTTP responses of the engine, mainly error responses.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::error::ConnectionErrorKind;

mod body;

pub use body::Body;
pub(super) use body::Delivery;

pub(crate) type Response = http::Response<Body>;

pub(super) fn response(status: StatusCode, headers: HeaderMap, body: impl Into<Body>) -> Response {
    let mut response = http::Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(super) fn empty(status: StatusCode) -> Response {
    response(status, HeaderMap::new(), Bytes::new())
}

/// The error response to a regular request: JSON with a code and a message.
pub(crate) fn refuse(kind: &ConnectionErrorKind) -> Response {
    let status = match kind {
        ConnectionErrorKind::Forbidden(_) => StatusCode::FORBIDDEN,
        kind => status(kind),
    };
    let message = serde_json::Value::from(kind.message());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = format!("{{\"code\":{},\"message\":{message}}}", kind.code());
    response(status, headers, Bytes::from(body))
}

/// The error response to an upgrade: the message as plain text. Like the Node.js server, it uses status 400 when
/// `allow_request` refuses.
pub(super) fn refuse_upgrade(kind: &ConnectionErrorKind) -> Response {
    bare(status(kind), &kind.message())
}

fn status(kind: &ConnectionErrorKind) -> StatusCode {
    match kind {
        ConnectionErrorKind::ForeignOrigin { .. } => StatusCode::FORBIDDEN,
        ConnectionErrorKind::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        kind if kind.is_temporary() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

pub(super) fn bare(status: StatusCode, text: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(CONTENT_LENGTH, text.len().into());
    response(status, headers, Bytes::copy_from_slice(text.as_bytes()))
}
