//! Protection against cross-site WebSocket hijacking: decides which pages may open a WebSocket.
//!
//! Browsers do not apply CORS to WebSockets, and they send cookies with the WebSocket handshakes of any page, so the
//! server has to check the `Origin` header itself. Long-polling needs no check: a page of another origin cannot read
//! the session id in the response.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::request::Parts;

use super::error::ConnectionErrorKind;
use super::options::Options;
use super::origin;

/// Fails if an upgrade comes from a page that must not open a WebSocket.
///
/// If [`Cors`](super::cors::Cors) lists origins or decides with a function, only these origins are allowed, besides the
/// server's own. Without `Cors`, or with `*`, which browsers do not combine with credentials, every origin is allowed
/// if the request has no credentials.
pub(super) fn check_upgrade(request: &Parts, options: &Options) -> Result<(), ConnectionErrorKind> {
    let Some(origin) = request.headers.get(ORIGIN) else { return Ok(()) };
    let host = host(request, options.trust_forwarded_host);
    let text = std::str::from_utf8(origin.as_bytes()).unwrap_or_default();
    if !origin::is_of_page(text) {
        return Ok(());
    }
    let allowed = match options.cors.as_ref().filter(|cors| !cors.allows_any()) {
        Some(cors) => cors.allows(origin) || origin::has_host_and_port(text, host),
        None => !has_credentials(&request.headers) || text == "file://" || origin::has_host(text, host),
    };
    if allowed {
        return Ok(());
    }
    Err(ConnectionErrorKind::ForeignOrigin { origin: text.to_owned(), host: host.to_owned() })
}

fn has_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(COOKIE) || headers.contains_key(AUTHORIZATION)
}

/// The host that the client requested. Empty if unknown.
fn host(request: &Parts, trust_forwarded: bool) -> &str {
    let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
    // Each proxy appends the host that it received, so the first is the client's.
    let forwarded = || header("x-forwarded-host")?.split(',').next().map(str::trim);
    let forwarded = if trust_forwarded { forwarded() } else { None };
    forwarded.or_else(|| header(HOST.as_str())).unwrap_or_default()
}
