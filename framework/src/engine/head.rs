//! Checks of a request head: its size and its `Host` header.

use http::Version;
use http::header::HOST;
use http::request::Parts;

use super::error::ConnectionErrorKind;

/// Checks the `Host` header of HTTP/1 requests (RFC 9112, section 3.2): exactly one, or at most one in HTTP/1.0.
pub(crate) fn check_host(request: &Parts) -> Result<(), ConnectionErrorKind> {
    if request.version > Version::HTTP_11 {
        return Ok(());
    }
    let headers = &request.headers;
    // Most requests repeat no header, so there is nothing to search.
    let is_repeated = headers.len() > headers.keys_len() && headers.get_all(HOST).iter().nth(1).is_some();
    let valid = match headers.get(HOST) {
        Some(host) => !is_repeated && host.as_bytes().iter().all(|byte| IN_AUTHORITY[usize::from(*byte)]),
        None => request.version < Version::HTTP_11,
    };
    if valid { Ok(()) } else { Err(ConnectionErrorKind::InvalidHost) }
}

/// Checks a head that another server has parsed. On connections that this server serves, hyper checks the size.
pub(super) fn check_size(request: &Parts, limit: usize) -> Result<(), ConnectionErrorKind> {
    if size(request) > limit { Err(ConnectionErrorKind::HeadTooLarge) } else { Ok(()) }
}

/// The size of the head in HTTP/1.1, including the empty line at its end, in bytes.
fn size(request: &Parts) -> usize {
    let target = request.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method.as_str().len() + " ".len() + target + " HTTP/1.1\r\n".len();
    let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| name.as_str().len() + value.len() + 4;
    line + request.headers.iter().map(field).sum::<usize>() + "\r\n".len()
}

/// `true` for the bytes that a host and a port may contain (RFC 3986, section 3.2). A table, because every request is
/// checked.
static IN_AUTHORITY: [bool; 256] = {
    let allowed = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:[]%!$&'()*+,;=";
    let mut table = [false; 256];
    let mut index = 0;
    while index < allowed.len() {
        table[allowed[index] as usize] = true;
        index += 1;
    }
    table
};
