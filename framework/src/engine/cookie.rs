//! The cookie with the session id, for load balancers that route by cookie.

use std::time::Duration;

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that `encodeURIComponent` encodes, as the Node.js server does for the value.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A cookie with the session id, set by the first response of a long-polling session.
///
/// The defaults are those of the Node.js server: path `/`, `HttpOnly`, `SameSite=Lax`. WebSocket handshakes do not set
/// the cookie.
///
/// The methods reject names and values that a browser would misread, so that a name or a domain cannot add attributes
/// to the header.
///
/// ```
/// use std::time::Duration;
/// use switchboard::{Cookie, SameSite, Server};
///
/// let cookie = Cookie::new("io").domain("example.org").secure(true).max_age(Duration::from_secs(86_400));
/// Server::new().cookie(cookie.same_site(Some(SameSite::Strict)));
/// ```
#[derive(Clone, Debug)]
pub struct Cookie(cookie::Cookie<'static>);

/// The cookie's `SameSite` attribute (RFC 6265bis).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Sends the cookie only with requests from the same site.
    Strict,
    /// Also sends the cookie when a link from another site is followed.
    Lax,
    /// Always sends the cookie. Adds `Secure`, which browsers require with it.
    None,
}

impl Cookie {
    /// Creates a cookie with this name.
    ///
    /// # Panics
    ///
    /// If the name is not a token (RFC 9110, section 5.6.2).
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        assert!(is_token(&name), "{name:?} is not a cookie name: use letters, digits and !#$%&'*+-.^_`|~");
        let cookie = cookie::Cookie::build(name).path("/").http_only(true).same_site(cookie::SameSite::Lax);
        Self(cookie.build())
    }

    /// Sets the path below which browsers send the cookie. An empty path omits the attribute. Default: `/`.
    ///
    /// # Panics
    ///
    /// If the path contains a control character, a character outside ASCII or `;`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        let valid = path.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b';');
        assert!(valid, "{path:?} is not a cookie path: use printable ASCII characters other than `;`");
        if path.is_empty() {
            self.0.unset_path();
        } else {
            self.0.set_path(path);
        }
        self
    }

    /// Sets the domain whose hosts, including subdomains, the browser sends the cookie to. Default: none, so that the
    /// browser sends the cookie only to the host of the request.
    ///
    /// # Panics
    ///
    /// If it is not a domain name: labels of letters, digits and hyphens, separated by dots.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        let domain = domain.into();
        assert!(is_domain(&domain), "{domain:?} is not a cookie domain: write a host name such as \"example.org\"");
        self.0.set_domain(domain);
        self
    }

    /// Sets how long the browser keeps the cookie, in whole seconds. Default: until the browser is closed.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.0.set_max_age(cookie::time::Duration::seconds(seconds));
        self
    }

    /// Hides the cookie from scripts. Default: `true`.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.0.set_http_only(http_only);
        self
    }

    /// Restricts the cookie to HTTPS. Default: `false`, unless [`SameSite::None`] or [`partitioned`](Self::partitioned)
    /// requires it.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.0.set_secure(secure.then_some(true));
        self
    }

    /// Sets the `SameSite` attribute. `None` omits it. Default: [`SameSite::Lax`].
    #[must_use]
    pub fn same_site(mut self, same_site: Option<SameSite>) -> Self {
        self.0.set_same_site(same_site.map(|same_site| match same_site {
            SameSite::Strict => cookie::SameSite::Strict,
            SameSite::Lax => cookie::SameSite::Lax,
            SameSite::None => cookie::SameSite::None,
        }));
        self
    }

    /// Keeps a separate cookie for each site that embeds this one (CHIPS). Adds `Secure`, which browsers require with
    /// it. Default: `false`.
    #[must_use]
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.0.set_partitioned(partitioned);
        self
    }

    /// The `Set-Cookie` header of a session.
    pub(crate) fn header(&self, sid: &str) -> Option<HeaderValue> {
        let mut cookie = self.0.clone();
        // The program's `generate_id` may derive an id from the request, so the value is encoded: an id must not add
        // attributes.
        cookie.set_value(utf8_percent_encode(sid, UNSAFE).to_string());
        HeaderValue::try_from(cookie.to_string()).ok()
    }
}

/// Returns `true` for a token (RFC 9110, section 5.6.2).
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Returns `true` for a host name (RFC 1034, section 3.5). It may start with a digit, as in RFC 1123, or with a dot, as
/// in older cookies.
fn is_domain(domain: &str) -> bool {
    domain.strip_prefix('.').unwrap_or(domain).split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn attributes_follow_the_options() {
        let header = |cookie: Cookie| cookie.header("abc").unwrap();
        assert_eq!(header(Cookie::new("io")), "io=abc; HttpOnly; SameSite=Lax; Path=/");
        let bare = Cookie::new("io").path("").http_only(false).same_site(None);
        assert_eq!(header(bare.clone()), "io=abc");
        assert_eq!(header(bare.clone().secure(true)), "io=abc; Secure");
        assert_eq!(header(bare.clone().secure(true).secure(false)), "io=abc");
        assert_eq!(header(bare.clone().partitioned(true)), "io=abc; Partitioned; Secure");
        assert_eq!(header(bare.clone().same_site(Some(SameSite::None)).secure(false)), "io=abc; SameSite=None; Secure");
        assert_eq!(header(bare.clone().domain(".example.org")), "io=abc; Domain=example.org");
        assert_eq!(header(bare.clone().max_age(Duration::from_millis(90_500))), "io=abc; Max-Age=90");
        assert_eq!(header(bare.clone().max_age(Duration::MAX)), format!("io=abc; Max-Age={}", i64::MAX));
        assert_eq!(bare.header("x; Domain=evil").unwrap(), "io=x%3B%20Domain%3Devil");
    }

    #[test]
    fn nothing_can_add_attributes() {
        for name in ["", "io; Domain=evil", "io=1", "io,x", "i o", "ï", "io\r\nX: y", "io\"", "io(", "io/"] {
            assert!(catch_unwind(|| Cookie::new(name)).is_err(), "{name:?}");
        }
        for path in ["/; Domain=evil", "/\r\nX: y", "/ä", "/\u{7f}"] {
            assert!(catch_unwind(|| Cookie::new("io").path(path)).is_err(), "{path:?}");
        }
        for domain in ["", ".", "a..b", "example.org; Secure", "-a.org", "a-.org", "exämple.org", "a.org:80", "a b"] {
            assert!(catch_unwind(|| Cookie::new("io").domain(domain)).is_err(), "{domain:?}");
        }
        for domain in ["localhost", "example.org", ".example.org", "a-1.2.example", "127.0.0.1"] {
            assert!(is_domain(domain), "{domain:?}");
        }
    }
}
