//! The options of the engine, with the defaults of the Node.js server.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;

use super::admission::Admission;
use super::cookie::Cookie;
use super::cors::Cors;
use super::error::ConnectionError;
use super::state::QueueLimits;

/// The transport of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// HTTP long-polling.
    Polling,
    /// WebSocket (RFC 6455).
    WebSocket,
}

impl Transport {
    /// The name in the query string and in the handshake.
    pub fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A boxed error of any type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

pub(crate) type RequestHook =
    Box<dyn Fn(&Parts) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;
pub(crate) type HeadersHook = Box<dyn Fn(&mut HeaderMap, &Parts) + Send + Sync>;
pub(crate) type IdGenerator = Box<dyn Fn(&Parts) -> Result<String, BoxError> + Send + Sync>;
pub(crate) type ErrorHook = Box<dyn Fn(&ConnectionError) + Send + Sync>;

pub(crate) struct Options {
    pub(crate) path: String,
    pub(crate) trailing_slash: bool,
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) upgrade_timeout: Duration,
    pub(crate) max_head: usize,
    pub(crate) max_payload: usize,
    pub(crate) max_packets_per_payload: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) transports: Vec<Transport>,
    pub(crate) allow_upgrades: bool,
    pub(crate) allow_eio3: bool,
    pub(crate) http_compression: Option<usize>,
    pub(crate) initial_packet: Option<String>,
    pub(crate) cookie: Option<Cookie>,
    pub(crate) cors: Option<Cors>,
    pub(crate) trust_forwarded_host: bool,
    pub(crate) queue: QueueLimits,
    pub(crate) admission: Admission,
    pub(crate) allow_request: Option<RequestHook>,
    pub(crate) initial_headers: Option<HeadersHook>,
    pub(crate) headers: Option<HeadersHook>,
    pub(crate) generate_id: Option<IdGenerator>,
    pub(crate) on_connection_error: Option<ErrorHook>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: "/socket.io".into(),
            trailing_slash: true,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            max_head: 16 * 1024,
            max_payload: 1_000_000,
            max_packets_per_payload: 65_536,
            body_timeout: Duration::from_secs(30),
            transports: vec![Transport::Polling, Transport::WebSocket],
            allow_upgrades: true,
            allow_eio3: false,
            http_compression: Some(1024),
            initial_packet: None,
            cookie: None,
            cors: None,
            trust_forwarded_host: false,
            queue: QueueLimits { bytes: 16 * 1024 * 1024, packets: 65_536 },
            admission: Admission::default(),
            allow_request: None,
            initial_headers: None,
            headers: None,
            generate_id: None,
            on_connection_error: None,
        }
    }
}

impl Options {
    /// Returns `true` if the program has set a hook that receives requests.
    pub(crate) fn shows_requests(&self) -> bool {
        self.allow_request.is_some()
            || self.initial_headers.is_some()
            || self.headers.is_some()
            || self.generate_id.is_some()
            || self.on_connection_error.is_some()
    }

    /// Returns `true` if the engine handles this path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        match path.strip_prefix(self.path.as_str()) {
            Some("/") => true,
            Some("") => !self.trailing_slash,
            _ => false,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("path", &self.path).finish_non_exhaustive()
    }
}
