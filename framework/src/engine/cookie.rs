//! The cookie with the session's id, for load balancers that stick by cookie.

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What `encodeURIComponent` encodes.
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

/// A cookie that the first answer of a long-polling session sets to the session's id.
///
/// The defaults are the reference's: path `/`, `HttpOnly`, `SameSite=Lax`. It is not set on WebSocket
/// handshakes.
///
/// ```
/// use switchboard::{Cookie, SameSite, Server};
///
/// Server::new().cookie(Cookie::new("io").path("/app").same_site(Some(SameSite::Strict)));
/// ```
#[derive(Clone, Debug)]
pub struct Cookie {
    name: String,
    path: Option<String>,
    http_only: bool,
    same_site: Option<SameSite>,
}

/// The cookie's `SameSite` attribute (RFC 6265bis).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Sent only within the site.
    Strict,
    /// Sent also when a link leads to the site.
    Lax,
    /// Sent always. Browsers then want `Secure`, which is added.
    None,
}

impl Cookie {
    /// A cookie of this name.
    ///
    /// # Panics
    ///
    /// When the name is not a token (RFC 6265): it could smuggle attributes into the header.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        assert!(is_token(&name), "{name:?} is not a cookie name");
        Self { name, path: Some("/".into()), http_only: true, same_site: Some(SameSite::Lax) }
    }

    /// The path for which the browser sends it; an empty one leaves the attribute out.
    ///
    /// # Panics
    ///
    /// When the path holds a control character or `;`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        assert!(path.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b';'), "{path:?} is not a cookie path");
        self.path = Some(path).filter(|path| !path.is_empty());
        self
    }

    /// Whether scripts cannot read it (the default).
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// The `SameSite` attribute; `None` leaves it out.
    #[must_use]
    pub fn same_site(mut self, same_site: Option<SameSite>) -> Self {
        self.same_site = same_site;
        self
    }

    /// The `Set-Cookie` header of a session.
    pub(crate) fn header(&self, sid: &str) -> Option<HeaderValue> {
        // An id may be the user's own making, out of what the peer sent: it must not add attributes.
        let mut value = format!("{}={}", self.name, utf8_percent_encode(sid, UNSAFE));
        if let Some(path) = &self.path {
            value.push_str("; Path=");
            value.push_str(path);
        }
        if self.http_only {
            value.push_str("; HttpOnly");
        }
        value.push_str(match self.same_site {
            None => "",
            Some(SameSite::Strict) => "; SameSite=Strict",
            Some(SameSite::Lax) => "; SameSite=Lax",
            Some(SameSite::None) => "; SameSite=None; Secure",
        });
        HeaderValue::try_from(value).ok()
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_follow_the_options() {
        assert_eq!(Cookie::new("io").header("abc").unwrap(), "io=abc; Path=/; HttpOnly; SameSite=Lax");
        let bare = Cookie::new("io").path("").http_only(false).same_site(None);
        assert_eq!(bare.header("abc").unwrap(), "io=abc");
        assert_eq!(bare.header("x; Domain=evil").unwrap(), "io=x%3B%20Domain%3Devil");
    }

    #[test]
    #[should_panic(expected = "is not a cookie name")]
    fn a_name_cannot_smuggle_attributes() {
        Cookie::new("io; Domain=evil");
    }
}
