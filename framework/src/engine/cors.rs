//! Cross-origin requests (Fetch standard, "CORS protocol"), with the same responses as the `cors` option of the Node.js
//! server.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    CONTENT_LENGTH, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use super::origin;

/// The origins, besides the server's own, that may read responses and open WebSockets. Without this option, responses
/// have no CORS headers.
///
/// Long-polling responses get CORS headers, which browsers enforce. Browsers do not apply CORS to WebSockets, so the
/// server checks their `Origin` itself: it answers 403 to an upgrade from an origin that is neither allowed nor its
/// own. Requests without an `Origin`, which clients other than browsers send, are always served.
///
/// An origin is a scheme, a host and a port, such as `https://app.example.org` or `http://localhost:5173`. For origins
/// that can never match, [`Server::build`](crate::Server::build) panics with a message that says how to correct them.
///
/// ```
/// use switchboard::{Cors, Server};
///
/// Server::new().cors(Cors::new().origins(["https://app.example.org"]).credentials(true));
/// ```
#[derive(Debug)]
pub struct Cors {
    origins: Origins,
    methods: String,
    allowed_headers: Option<String>,
    exposed_headers: Option<String>,
    credentials: bool,
    max_age: Option<u64>,
}

enum Origins {
    Any,
    List(Vec<String>),
    When(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

impl std::fmt::Debug for Origins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::List(origins) => origins.fmt(f),
            Self::When(_) => f.write_str("a function"),
        }
    }
}

impl Default for Cors {
    fn default() -> Self {
        Self::new()
    }
}

impl Cors {
    /// Allows any origin, without credentials. Preflight responses allow the headers that the request asks for.
    pub fn new() -> Self {
        Self {
            origins: Origins::Any,
            methods: "GET,HEAD,PUT,PATCH,POST,DELETE".into(),
            allowed_headers: None,
            exposed_headers: None,
            credentials: false,
            max_age: None,
        }
    }

    /// Sets the allowed origins; `"*"` is any origin. A response names the origin that matched. Default: any.
    ///
    /// Upper case, default ports and a trailing slash are ignored. A page opened from a file has the origin `file://`
    /// or `null`.
    #[must_use]
    pub fn origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.origins = Origins::List(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Allows the origins for which this function returns `true`.
    ///
    /// ```
    /// # use switchboard::Cors;
    /// Cors::new().origin_when(|origin| origin.starts_with("https://") && origin.ends_with(".example.org"));
    /// ```
    #[must_use]
    pub fn origin_when(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.origins = Origins::When(Box::new(allowed));
        self
    }

    /// Sets the methods that a preflight response allows, separated by commas.
    /// Default: `GET,HEAD,PUT,PATCH,POST,DELETE`.
    #[must_use]
    pub fn methods(mut self, methods: impl Into<String>) -> Self {
        self.methods = methods.into();
        self
    }

    /// Sets the request headers that a preflight response allows, separated by commas. Default: those that the request
    /// asks for.
    #[must_use]
    pub fn allowed_headers(mut self, headers: impl Into<String>) -> Self {
        self.allowed_headers = Some(headers.into());
        self
    }

    /// Sets the response headers that the page may read, separated by commas. Default: only the safelisted headers.
    #[must_use]
    pub fn exposed_headers(mut self, headers: impl Into<String>) -> Self {
        self.exposed_headers = Some(headers.into());
        self
    }

    /// Allows pages to send cookies and `Authorization` (`withCredentials: true` in the client). Requires
    /// [`origins`](Self::origins) or [`origin_when`](Self::origin_when): browsers do not combine credentials with `*`.
    /// Default: `false`.
    #[must_use]
    pub fn credentials(mut self, credentials: bool) -> Self {
        self.credentials = credentials;
        self
    }

    /// Sets how long browsers may cache a preflight response, in seconds. Default: unset, which browsers treat as 5 s.
    #[must_use]
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Checks the options when the server is built, and normalizes the origins to the form that browsers send.
    ///
    /// # Panics
    ///
    /// If an option can never have an effect. The message says how to correct it.
    pub(crate) fn validated(mut self) -> Self {
        if let Origins::List(list) = &self.origins {
            assert!(
                !list.is_empty(),
                "cors: no origin is listed: give `Cors::origins` at least one, or leave `cors` out"
            );
            self.origins = if list.iter().any(|origin| origin == "*") {
                Origins::Any
            } else {
                let canonical = |text: &String| origin::canonical(text).unwrap_or_else(|error| panic!("cors: {error}"));
                Origins::List(list.iter().map(canonical).collect())
            };
        }
        assert!(
            !(self.credentials && self.allows_any()),
            "cors: browsers do not accept credentials together with any origin: list the origins with `Cors::origins`",
        );
        for (option, value) in [
            ("methods", Some(&self.methods)),
            ("allowed_headers", self.allowed_headers.as_ref()),
            ("exposed_headers", self.exposed_headers.as_ref()),
        ] {
            let Some(value) = value else { continue };
            assert!(HeaderValue::try_from(value).is_ok(), "cors: {option}: {value:?} is not a header value");
            assert!(
                !(self.credentials && value.split(',').any(|item| item.trim() == "*")),
                "cors: {option}: browsers take \"*\" literally where there are credentials: list the names",
            );
        }
        self
    }

    /// Returns `true` if any origin is allowed.
    pub(super) fn allows_any(&self) -> bool {
        matches!(self.origins, Origins::Any)
    }

    /// Returns `true` if this origin is allowed.
    pub(super) fn allows(&self, origin: &HeaderValue) -> bool {
        match &self.origins {
            Origins::Any => true,
            Origins::List(list) => list.iter().any(|listed| listed.as_bytes() == origin.as_bytes()),
            Origins::When(allowed) => origin.to_str().is_ok_and(allowed),
        }
    }

    /// Adds the headers of every response to a request from this origin.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        let allowed = if self.allows_any() {
            Some(HeaderValue::from_static("*"))
        } else {
            headers.append(VARY, HeaderValue::from_static("Origin"));
            origin.filter(|origin| self.allows(origin)).cloned()
        };
        if let Some(allowed) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        }
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if let Some(exposed) = self.exposed_headers.as_deref().and_then(|h| HeaderValue::try_from(h).ok()) {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    /// Returns the headers of the response to a preflight, which has status 204. `None` for any other request.
    pub(crate) fn preflight(&self, request: &Parts) -> Option<HeaderMap> {
        if request.method != Method::OPTIONS {
            return None;
        }
        let mut headers = HeaderMap::new();
        self.decorate(request.headers.get(ORIGIN), &mut headers);
        if let Ok(methods) = HeaderValue::try_from(&self.methods) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        let allowed = match &self.allowed_headers {
            Some(fixed) => HeaderValue::try_from(fixed).ok(),
            None => {
                headers.append(VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
                request.headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned()
            }
        };
        if let Some(allowed) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        }
        if let Some(seconds) = self.max_age {
            headers.insert(ACCESS_CONTROL_MAX_AGE, seconds.into());
        }
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        Some(headers)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::Server;

    #[test]
    fn options_without_effect_fail_when_the_server_is_built() {
        let list = || Cors::new().origins(["https://app.example"]).credentials(true);
        for (cors, advice) in [
            (Cors::new().origins(["https://app.example/chat"]), "write \"https://app.example\""),
            (Cors::new().origins(["app.example"]), "write \"https://app.example\""),
            (Cors::new().origins(["https://*.example"]), "`Cors::origin_when`"),
            (Cors::new().origins([""; 0]), "no origin is listed"),
            (Cors::new().credentials(true), "list the origins with `Cors::origins`"),
            (Cors::new().origins(["*"]).credentials(true), "list the origins with `Cors::origins`"),
            (list().methods("*"), "list the names"),
            (list().allowed_headers("*"), "list the names"),
            (list().exposed_headers("x-a, *"), "list the names"),
            (Cors::new().exposed_headers("x\ny"), "is not a header value"),
        ] {
            let built = catch_unwind(AssertUnwindSafe(|| Server::new().cors(cors).build()));
            let panic = built.expect_err(advice);
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| panic.downcast_ref().copied()).unwrap();
            assert!(message.contains(advice), "{message}");
        }
        drop(Server::new().cors(list()).build());
        drop(Server::new().cors(Cors::new().origin_when(|_| true).credentials(true)).build());
    }
}
