//! The options of the connections below: Engine.IO.

use std::future::Future;
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;

use super::builder::Server;
use crate::engine::cookie::Cookie;
use crate::engine::cors::Cors;
use crate::engine::error::ConnectionError;
use crate::engine::options::{BoxError, Transport};
use crate::engine::state::QueueLimits;
use crate::rate::Rate;

/// # Connections
///
/// How the connections are carried that sockets share, who is let in, and what a client may take of the server: what
/// Node's server hands on to Engine.IO.
impl Server {
    /// The path that clients use (`/socket.io`).
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.options.path = format!("/{}", path.into().trim_matches('/'));
        self
    }

    /// Whether the path has to end with a slash (true). Without, both forms are served.
    pub fn trailing_slash(mut self, required: bool) -> Self {
        self.options.trailing_slash = required;
        self
    }

    /// The time between two heartbeats (25 s).
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.options.ping_interval = bounded(interval);
        self
    }

    /// How long the answer to a heartbeat is waited for (20 s).
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.options.ping_timeout = bounded(timeout);
        self
    }

    /// How long an upgrade may take; then it is given up, and long-polling goes on (10 s).
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.options.upgrade_timeout = timeout;
        self
    }

    /// How long a client may stay without having joined a namespace (45 s).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = bounded(timeout);
        self
    }

    /// The most bytes that the head of an HTTP request may take, the request line and all headers together. Default: 16 KiB.
    /// A larger one is answered with status 431. A session keeps the headers of its first request for as long as it lives.
    ///
    /// On connections that the server serves itself, the number of headers is limited to 100, and the connection is closed
    /// after the answer.
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.options.max_head = bytes;
        self
    }

    /// The most bytes that a client may send in one message, on every transport and whatever number of
    /// fragments and attachments it has (1,000,000). On long-polling it limits the payload: a larger one is answered
    /// with 413; on WebSocket the connection is closed with code 1009.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.options.max_payload = bytes;
        self
    }

    /// The most packets in one long-polling payload (65,536); more are a parse error.
    pub fn max_packets_per_payload(mut self, packets: usize) -> Self {
        self.options.max_packets_per_payload = packets;
        self
    }

    /// Limits the time for the body of a POST to arrive, and for the rest of a body whose request was refused. Default: 30 s.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.options.body_timeout = timeout;
        self
    }

    /// The transports that are allowed (both).
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.options.transports = transports.into_iter().collect();
        self
    }

    /// Whether a long-polling session may be taken over by a WebSocket (true).
    pub fn allow_upgrades(mut self, allow: bool) -> Self {
        self.options.allow_upgrades = allow;
        self
    }

    /// Whether clients of Socket.IO 2, which speak revision 3 of Engine.IO, are let in as well (false). Without, they are
    /// refused with code 5, `Unsupported protocol version`.
    ///
    /// The ids of their sockets are made of the session's id, as those clients expect. That is a secret: whoever is told one
    /// can act as its client. Long-polling by JSONP is not served.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().allow_eio3(true);
    /// ```
    #[cfg(feature = "eio3")]
    #[cfg_attr(docsrs, doc(cfg(feature = "eio3")))]
    pub fn allow_eio3(mut self, allow: bool) -> Self {
        self.options.allow_eio3 = allow;
        self
    }

    /// Sets the size in bytes from which long-polling answers are compressed, if the client accepts gzip or deflate. `None`
    /// disables compression. Default: 1024.
    ///
    /// Answers above 32 KiB are compressed on tokio's blocking threads, at most half as many at a time as there are cores;
    /// further ones are sent uncompressed meanwhile.
    pub fn http_compression(mut self, threshold: Option<usize>) -> Self {
        self.options.http_compression = threshold;
        self
    }

    /// A message that every session gets right after its handshake (none). Socket.IO's clients expect
    /// none.
    pub fn initial_packet(mut self, message: impl Into<String>) -> Self {
        self.options.initial_packet = Some(message.into());
        self
    }

    /// A cookie with the session's id (none).
    pub fn cookie(mut self, cookie: Cookie) -> Self {
        self.options.cookie = Some(cookie);
        self
    }

    /// Allows other origins to read the answers and to open WebSockets. Default: none, without CORS headers; a WebSocket of
    /// another host's page is refused with 403 if the browser sent cookies or `Authorization` with it.
    pub fn cors(mut self, cors: Cors) -> Self {
        self.options.cors = Some(cors);
        self
    }

    /// Trusts `X-Forwarded-Host` as the host that the client asked for, instead of `Host`. A server behind a proxy that
    /// changes `Host` needs it to recognize WebSockets of the site's own pages by their origin. Turn it on only if the
    /// proxy sets the header. Default: false.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().trust_forwarded_host(true);
    /// ```
    pub fn trust_forwarded_host(mut self, trust: bool) -> Self {
        self.options.trust_forwarded_host = trust;
        self
    }

    /// Decides whether a client may open a session, by its first request. It is not asked again for later
    /// requests of the session.
    ///
    /// An `Err` is the message of the refusal: status 403 with code 4 on long-polling, status 400 on
    /// WebSocket.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().allow_request(|request| {
    ///     let has_key = request.headers.get("x-api-key").is_some_and(|key| key == "secret");
    ///     async move { if has_key { Ok(()) } else { Err("unknown key".to_owned()) } }
    /// });
    /// ```
    pub fn allow_request<F, Fut>(mut self, admit: F) -> Self
    where
        F: Fn(&Parts) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.options.allow_request = Some(Box::new(move |request| Box::pin(admit(request))));
        self
    }

    /// The most clients that may be connected at a time. Default: 100,000. More are refused with status 503, on every
    /// transport, and the message `too many connections`; they try again by themselves, after a while.
    ///
    /// It is checked before [`allow_request`](Self::allow_request), as [`connect_rate`](Self::connect_rate) is: who is not
    /// let in costs little.
    pub fn max_connections(mut self, clients: usize) -> Self {
        self.options.admission.max_sessions = clients;
        self
    }

    /// The most HTTP connections that may be open at a time, TCP connections that have become WebSockets not included.
    /// Default: 100,000. Beyond it, the server accepts no connection until one closes; clients wait in the listener's
    /// backlog. A client over long-polling needs two. Only for [`serve`](Self::serve): a listener of your own has its own
    /// limit.
    pub fn max_http_connections(mut self, connections: usize) -> Self {
        self.settings.max_http_connections = connections;
        self
    }

    /// How many clients may connect in a second, and how many at once after a quiet time. Default: no limit. More are refused
    /// with status 503, on every transport, and the message `too many new connections`; they try again by themselves, after
    /// a while. Requests of open sessions are not counted.
    ///
    /// It counts all clients together. A limit for each address belongs in the proxy, which knows the addresses. Over one
    /// HTTP connection that the server serves itself, at most 100 sessions a second are opened in any case; further
    /// handshakes on it wait.
    ///
    /// # Panics
    ///
    /// When either is zero.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().max_connections(50_000).connect_rate(500, 2_000);
    /// ```
    pub fn connect_rate(mut self, per_second: u32, burst: u32) -> Self {
        self.options.admission.set_rate(Rate::new(per_second, Duration::from_secs(1)).burst(burst));
        self
    }

    /// Changes the headers of a session's first answer.
    pub fn initial_headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.options.initial_headers = Some(Box::new(hook));
        self
    }

    /// Changes the headers of every answer, the 101 of a WebSocket included; not of CORS preflights.
    pub fn headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.options.headers = Some(Box::new(hook));
        self
    }

    /// Makes the ids of sessions, which must be unguessable: who knows one can act as its client. By default
    /// they are 15 random bytes. An `Err`, or an id that is in use, refuses the request with code 3.
    pub fn generate_id(
        mut self,
        generate: impl Fn(&Parts) -> Result<String, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.options.generate_id = Some(Box::new(generate));
        self
    }

    /// Is told of every request that the engine refuses.
    pub fn on_connection_error(mut self, hook: impl Fn(&ConnectionError) + Send + Sync + 'static) -> Self {
        self.options.on_connection_error = Some(Box::new(hook));
        self
    }

    /// How much may wait for a client that reads slowly, in bytes and in frames, of which a packet has one and one
    /// more for each attachment (16 MiB, 65,536). A frame that waits can keep a block of 4 KiB. Beyond the bounds the
    /// connection is closed, with [`SlowReader`](crate::DisconnectReason::SlowReader) as the reason. A long-polling answer
    /// above 16 KiB counts until the connection has written it.
    pub fn queue_limits(mut self, bytes: usize, packets: usize) -> Self {
        self.options.queue = QueueLimits { bytes, packets };
        self
    }

    /// How long an upgrade for a path that is not ours stays open before it is closed without an answer (1 s);
    /// `None` leaves it open. Only for [`serve`](Self::serve): a router answers such requests itself.
    pub fn destroy_upgrade(mut self, after: Option<Duration>) -> Self {
        self.settings.destroy_upgrade = after;
        self
    }
}

/// Clients count in milliseconds that fit 32 bits, and take longer ones for none; 25 days are as good as never.
fn bounded(duration: Duration) -> Duration {
    duration.min(Duration::from_millis(i32::MAX as u64))
}
