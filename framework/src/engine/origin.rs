//! Web origins (RFC 6454), as listed by the program and as sent in requests.

/// Normalizes an origin that the program lists to the form that browsers send: lower case, without default port and
/// trailing slash. The error says how to correct it.
pub(super) fn canonical(text: &str) -> Result<String, String> {
    if text == "null" {
        return Ok(text.to_owned());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!("origin {text:?} has no scheme: write \"https://{text}\""));
    };
    let scheme = scheme.to_ascii_lowercase();
    let authority = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
    if let Some(page) = match scheme.as_str() {
        "ws" => Some("http"),
        "wss" => Some("https"),
        _ => None,
    } {
        return Err(format!(
            "origin {text:?} has the scheme of a WebSocket: write the page's, \"{page}://{authority}\""
        ));
    }
    if let Some((authority, _)) = authority.split_once(['/', '?', '#']) {
        return Err(format!(
            "origin {text:?} has a path, which browsers do not send: write \"{scheme}://{authority}\""
        ));
    }
    if authority.contains('*') {
        return Err(format!("origin {text:?} is a pattern: match it with `Cors::origin_when`"));
    }
    if !authority.is_ascii() {
        return Err(format!("origin {text:?} is not ASCII: write the host in Punycode (`xn--…`), as browsers send it"));
    }
    let unknown =
        || format!("{text:?} is not an origin: write \"https://example.org\" or \"https://example.org:8443\"");
    let (host, port) = split_port(&authority);
    let port = port.map(str::parse::<u16>).transpose().map_err(|_| unknown())?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_named = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:".contains(&b));
    if !is_scheme(&scheme) || !is_named(bare) || (bare.len() == host.len() && host.contains(':')) {
        return Err(unknown());
    }
    // Browsers send `file://` for pages without a host.
    if host.is_empty() && (scheme != "file" || port.is_some()) {
        return Err(unknown());
    }
    Ok(match (scheme.as_str(), port) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => format!("{scheme}://{host}"),
        (_, Some(port)) => format!("{scheme}://{host}:{port}"),
    })
}

/// RFC 3986, section 3.1.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// Splits an authority (`example.org:8443`) into host and port. An IPv6 address keeps its brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Returns `true` if a browser may have sent the origin. Some other clients send values such as `*`.
pub(super) fn is_of_page(origin: &str) -> bool {
    origin == "null" || origin.contains("://")
}

/// The authority of a request's origin. `None` for `null`. Some clients send their whole URL, including a path.
fn authority(origin: &str) -> Option<&str> {
    origin.split_once("://").and_then(|(_, rest)| rest.split('/').next())
}

/// Returns `true` if the origin has this host, on any port. Cookies are shared between all ports of a host.
pub(super) fn has_host(origin: &str, host: &str) -> bool {
    authority(origin).is_some_and(|authority| split_port(authority).0.eq_ignore_ascii_case(split_port(host).0))
}

/// Returns `true` if the origin has this host and port. Behind a proxy that terminates TLS the scheme is unknown, so
/// both default ports are equivalent to no port.
pub(super) fn has_host_and_port(origin: &str, host: &str) -> bool {
    let port = |authority| split_port(authority).1.filter(|port| !["80", "443"].contains(port));
    has_host(origin, host) && authority(origin).and_then(port) == port(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_normalized_to_the_form_of_browsers() {
        for (text, expected) in [
            ("https://app.example.org", "https://app.example.org"),
            ("https://app.example.org/", "https://app.example.org"),
            ("HTTPS://App.Example.ORG", "https://app.example.org"),
            ("https://app.example.org:443", "https://app.example.org"),
            ("http://app.example.org:80/", "http://app.example.org"),
            ("http://app.example.org:443", "http://app.example.org:443"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://127.0.0.1:03000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[::1]", "http://[::1]"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
            ("file://", "file://"),
            ("file:///", "file://"),
            ("null", "null"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn origins_that_never_match_are_errors_with_advice() {
        for (text, advice) in [
            ("app.example.org", "has no scheme: write \"https://app.example.org\""),
            ("localhost:3000", "has no scheme: write \"https://localhost:3000\""),
            ("", "has no scheme"),
            (
                "https://app.example.org/chat",
                "has a path, which browsers do not send: write \"https://app.example.org\"",
            ),
            ("https://app.example.org?x=/", "write \"https://app.example.org\""),
            ("https://app.example.org//", "write \"https://app.example.org\""),
            ("wss://App.example.org", "write the page's, \"https://app.example.org\""),
            ("ws://localhost:3000", "write the page's, \"http://localhost:3000\""),
            ("https://*.example.org", "is a pattern: match it with `Cors::origin_when`"),
            ("https://bücher.example", "Punycode"),
            ("https://", "is not an origin"),
            ("://example.org", "is not an origin"),
            ("https://user@example.org", "is not an origin"),
            ("https://example.org:port", "is not an origin"),
            ("https://example.org:70000", "is not an origin"),
            ("https://::1", "is not an origin"),
            ("https://a.example, https://b.example", "has a path"),
            (" https://a.example", "is not an origin"),
            ("https://a.example ", "is not an origin"),
        ] {
            let error = canonical(text).expect_err(text);
            assert!(error.contains(advice), "{text}: {error}");
        }
    }

    #[test]
    fn hosts_are_compared_without_ports_and_origins_with_them() {
        for (origin, host, same_host, same_origin) in [
            ("https://example.org", "example.org", true, true),
            ("https://example.org", "Example.org:443", true, true),
            ("http://example.org:80", "example.org", true, true),
            ("http://localhost:5173", "localhost:3000", true, false),
            ("http://localhost:3000", "localhost:3000", true, true),
            ("http://[::1]:5173", "[::1]", true, false),
            ("http://[::1]", "[::1]", true, true),
            ("https://example.org/", "example.org", true, true),
            ("http://example.org:3000/chat", "example.org:3000", true, true),
            ("https://evil.example/example.org", "example.org", false, false),
            ("https://evil.example", "example.org", false, false),
            ("https://example.org.evil.example", "example.org", false, false),
            ("https://example.org", "", false, false),
            ("null", "null", false, false),
            ("null", "", false, false),
        ] {
            assert_eq!(has_host(origin, host), same_host, "{origin} {host}");
            assert_eq!(has_host_and_port(origin, host), same_origin, "{origin} {host}");
        }
    }
}
