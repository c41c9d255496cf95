//! Compression of answers (RFC 9110, section 8.4.1).

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// The coding that the client accepts, of those that are offered in this order.
pub(crate) fn accepted(headers: &HeaderMap, offered: &[&'static str]) -> Option<&'static str> {
    let accepts = |coding: &str| {
        headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0));
            !refused && (name.trim().eq_ignore_ascii_case(coding) || name.trim() == "*")
        })
    };
    offered.iter().copied().find(|coding| accepts(coding))
}

/// The body in this coding, `gzip` or `deflate`, where compression succeeds.
pub(crate) fn compress(coding: &str, body: &[u8]) -> Option<Vec<u8>> {
    let out = Vec::with_capacity(body.len() / 2);
    let compressed = match coding {
        "gzip" => {
            let mut encoder = GzEncoder::new(out, Compression::default());
            encoder.write_all(body).ok()?;
            encoder.finish()
        }
        // The coding `deflate` is the zlib format (RFC 9110, section 8.4.1.2).
        _ => {
            let mut encoder = ZlibEncoder::new(out, Compression::default());
            encoder.write_all(body).ok()?;
            encoder.finish()
        }
    };
    compressed.ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn codings_are_chosen_by_what_is_accepted() {
        let choose = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepted(&headers, &["gzip", "deflate"])
        };
        assert_eq!(choose("gzip, deflate, br"), Some("gzip"));
        assert_eq!(choose("deflate"), Some("deflate"));
        assert_eq!(choose("gzip;q=0, deflate"), Some("deflate"));
        assert_eq!(choose("br"), None);
        assert_eq!(choose("*"), Some("gzip"));
        assert_eq!(accepted(&HeaderMap::new(), &["gzip"]), None);
    }
}
