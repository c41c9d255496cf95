//! Cross-origin requests (Fetch standard, "CORS protocol"), as the reference's `cors` option answers them.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    CONTENT_LENGTH, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

/// Which other origins may read the answers. Without it there are no CORS headers at all.
///
/// It decorates answers and blocks nothing: browsers apply it to long-polling, and to WebSockets not at
/// all. To keep foreign pages out, refuse them with [`Server::allow_request`](crate::Server::allow_request).
///
/// ```
/// use switchboard::{Cors, Server};
///
/// Server::new().cors(Cors::new().origins(["https://app.example.org"]).credentials(true));
/// ```
#[derive(Debug)]
pub struct Cors {
    origin: Origin,
    methods: String,
    allowed_headers: Option<String>,
    exposed_headers: Option<String>,
    credentials: bool,
    max_age: Option<u64>,
}

enum Origin {
    Any,
    List(Vec<String>),
    When(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

impl std::fmt::Debug for Origin {
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
    /// Any origin, without credentials; preflights reflect the headers that they ask for.
    pub fn new() -> Self {
        Self {
            origin: Origin::Any,
            methods: "GET,HEAD,PUT,PATCH,POST,DELETE".into(),
            allowed_headers: None,
            exposed_headers: None,
            credentials: false,
            max_age: None,
        }
    }

    /// These origins only; the one that matches is reflected.
    #[must_use]
    pub fn origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.origin = Origin::List(origins.into_iter().map(Into::into).collect());
        self
    }

    /// The origins for which this holds.
    #[must_use]
    pub fn origin_when(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.origin = Origin::When(Box::new(allowed));
        self
    }

    /// The methods that a preflight allows, separated by commas.
    #[must_use]
    pub fn methods(mut self, methods: impl Into<String>) -> Self {
        self.methods = methods.into();
        self
    }

    /// The request headers that a preflight allows, instead of those that it asks for.
    #[must_use]
    pub fn allowed_headers(mut self, headers: impl Into<String>) -> Self {
        self.allowed_headers = Some(headers.into());
        self
    }

    /// The response headers that the page may read.
    #[must_use]
    pub fn exposed_headers(mut self, headers: impl Into<String>) -> Self {
        self.exposed_headers = Some(headers.into());
        self
    }

    /// Whether cookies and the like may be sent.
    #[must_use]
    pub fn credentials(mut self, credentials: bool) -> Self {
        self.credentials = credentials;
        self
    }

    /// How long a preflight may be remembered, in seconds.
    #[must_use]
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// The headers of every answer to a request of this origin.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        let allowed = match &self.origin {
            Origin::Any => Some(HeaderValue::from_static("*")),
            Origin::List(list) => origin.filter(|o| list.iter().any(|l| l.as_bytes() == o.as_bytes())).cloned(),
            Origin::When(allowed) => origin.filter(|o| o.to_str().is_ok_and(allowed)).cloned(),
        };
        if !matches!(self.origin, Origin::Any) {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
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

    /// The headers of the answer to a preflight, which has status 204. `None` for any other request.
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
