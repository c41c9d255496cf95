//! The options of Engine.IO connections.

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
/// Options of the connections that sockets share: transports, admission, and limits on the resources of a client. The
/// Node.js server passes the same options to Engine.IO.
impl Server {
    /// Sets the path that clients use. Default: `/socket.io`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.options.path = format!("/{}", path.into().trim_matches('/'));
        self
    }

    /// Sets whether the path must end with a slash. If `false`, both forms are served. Default: `true`.
    pub fn trailing_slash(mut self, required: bool) -> Self {
        self.options.trailing_slash = required;
        self
    }

    /// Sets the time between two heartbeats. Default: 25 s.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.options.ping_interval = bounded(interval);
        self
    }

    /// Sets how long to wait for the answer to a heartbeat. Default: 20 s.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.options.ping_timeout = bounded(timeout);
        self
    }

    /// Sets how long an upgrade may take. After that it is aborted, and the session stays on long-polling.
    /// Default: 10 s.
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.options.upgrade_timeout = timeout;
        self
    }

    /// Sets how long a client may stay connected without joining a namespace. Default: 45 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = bounded(timeout);
        self
    }

    /// Sets the maximum size of an HTTP request head in bytes, including the request line and all headers. A larger one
    /// gets status 431. A session keeps the headers of its first request as long as it is open. Default: 16 KiB.
    ///
    /// On connections that the server serves itself, the number of headers is limited to 100, and the connection is
    /// closed after the response.
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.options.max_head = bytes;
        self
    }

    /// Sets the maximum size of one message from a client in bytes, on every transport and regardless of the number of
    /// fragments and attachments. Default: 1,000,000. On long-polling, the limit applies to the payload: a larger one
    /// gets 413. On WebSocket, the connection is closed with code 1009.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.options.max_payload = bytes;
        self
    }

    /// Sets the maximum number of packets in one long-polling payload. More are a parse error. Default: 65,536.
    pub fn max_packets_per_payload(mut self, packets: usize) -> Self {
        self.options.max_packets_per_payload = packets;
        self
    }

    /// Sets how long the body of a POST, or the rest of the body of a refused request, may take to arrive.
    /// Default: 30 s.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.options.body_timeout = timeout;
        self
    }

    /// Sets the allowed transports. Default: both.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.options.transports = transports.into_iter().collect();
        self
    }

    /// Sets whether a long-polling session may be upgraded to WebSocket. Default: `true`.
    pub fn allow_upgrades(mut self, allow: bool) -> Self {
        self.options.allow_upgrades = allow;
        self
    }

    /// Sets whether clients of Socket.IO 2, which use Engine.IO revision 3, are accepted too. Otherwise they are
    /// refused with code 5, `Unsupported protocol version`. Default: `false`.
    ///
    /// The ids of their sockets contain the session id, as these clients expect. These ids are secrets: a peer that
    /// learns one can act as its client. JSONP polling is not supported.
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

    /// Sets the size in bytes from which long-polling responses are compressed, if the client accepts gzip or deflate.
    /// `None` disables compression. Default: 1024.
    ///
    /// Responses above 32 KiB are compressed on tokio's blocking threads, at most half as many at a time as there are
    /// cores. While all are busy, further responses are sent uncompressed.
    pub fn http_compression(mut self, threshold: Option<usize>) -> Self {
        self.options.http_compression = threshold;
        self
    }

    /// Sets a message that every session receives directly after its handshake. Socket.IO clients do not expect one.
    /// Default: none.
    pub fn initial_packet(mut self, message: impl Into<String>) -> Self {
        self.options.initial_packet = Some(message.into());
        self
    }

    /// Sets a cookie with the session id. Default: none.
    pub fn cookie(mut self, cookie: Cookie) -> Self {
        self.options.cookie = Some(cookie);
        self
    }

    /// Allows other origins to read responses and to open WebSockets. Default: none, without CORS headers. A WebSocket
    /// from a page of another host is then refused with 403 if the browser sends cookies or `Authorization` with it.
    pub fn cors(mut self, cors: Cors) -> Self {
        self.options.cors = Some(cors);
        self
    }

    /// Uses `X-Forwarded-Host` instead of `Host` as the host that the client requested. A server behind a proxy that
    /// changes `Host` needs this to recognize WebSockets from the site's own pages by their origin. Enable it only if
    /// the proxy sets the header. Default: `false`.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().trust_forwarded_host(true);
    /// ```
    pub fn trust_forwarded_host(mut self, trust: bool) -> Self {
        self.options.trust_forwarded_host = trust;
        self
    }

    /// Sets a hook that decides whether a client may open a session, based on its first request. It is not called for
    /// later requests of the session.
    ///
    /// If it returns `Err`, the request is refused with that message: status 403 with code 4 on long-polling, status
    /// 400 on WebSocket.
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

    /// Sets the maximum number of connected clients. Default: 100,000. More are refused on every transport with status
    /// 503 and the message `too many connections`. Clients then retry after a while.
    ///
    /// The limit is checked before [`allow_request`](Self::allow_request), as is [`connect_rate`](Self::connect_rate),
    /// so that refused clients cost little.
    pub fn max_connections(mut self, clients: usize) -> Self {
        self.options.admission.max_sessions = clients;
        self
    }

    /// Sets the maximum number of open HTTP connections, not counting TCP connections that have become WebSockets.
    /// Default: 100,000. Beyond that, the server accepts no connection until one closes, and clients wait in the
    /// listener's backlog. A client on long-polling needs two. Applies only to [`serve`](Self::serve): other listeners
    /// have their own limits.
    pub fn max_http_connections(mut self, connections: usize) -> Self {
        self.settings.max_http_connections = connections;
        self
    }

    /// Limits how many clients may connect per second, with a burst allowance. Default: no limit. More are refused on
    /// every transport with status 503 and the message `too many new connections`. Clients then retry after a while.
    /// Requests of open sessions do not count.
    ///
    /// The limit applies to all clients together. A limit per address belongs in the proxy, which knows the addresses.
    /// In addition, at most 100 sessions per second may be opened over one HTTP connection that the server serves
    /// itself; further handshakes on it wait.
    ///
    /// # Panics
    ///
    /// If either is zero.
    ///
    /// ```
    /// # use switchboard::Server;
    /// Server::new().max_connections(50_000).connect_rate(500, 2_000);
    /// ```
    pub fn connect_rate(mut self, per_second: u32, burst: u32) -> Self {
        self.options.admission.set_rate(Rate::new(per_second, Duration::from_secs(1)).burst(burst));
        self
    }

    /// Sets a hook that modifies the headers of the first response of each session.
    pub fn initial_headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.options.initial_headers = Some(Box::new(hook));
        self
    }

    /// Sets a hook that modifies the headers of every response, including the 101 of a WebSocket, but not of CORS
    /// preflights.
    pub fn headers(mut self, hook: impl Fn(&mut HeaderMap, &Parts) + Send + Sync + 'static) -> Self {
        self.options.headers = Some(Box::new(hook));
        self
    }

    /// Sets a function that generates session ids. They must be unguessable, because a peer that knows an id can act as
    /// its client. If it returns `Err` or an id that is in use, the request is refused with code 3. Default: 15 random
    /// bytes.
    pub fn generate_id(
        mut self,
        generate: impl Fn(&Parts) -> Result<String, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.options.generate_id = Some(Box::new(generate));
        self
    }

    /// Sets a hook that is called for every request that the engine refuses.
    pub fn on_connection_error(mut self, hook: impl Fn(&ConnectionError) + Send + Sync + 'static) -> Self {
        self.options.on_connection_error = Some(Box::new(hook));
        self
    }

    /// Sets how much may be queued for a slow client, in bytes and in frames. A packet has one frame plus one per
    /// attachment. A queued frame can keep a block of 4 KiB. If a limit is exceeded, the connection is closed with
    /// [`SlowReader`](crate::DisconnectReason::SlowReader) as the reason. A long-polling response above 16 KiB counts
    /// until the connection has written it. Default: 16 MiB and 65,536 frames.
    pub fn queue_limits(mut self, bytes: usize, packets: usize) -> Self {
        self.options.queue = QueueLimits { bytes, packets };
        self
    }

    /// Sets how long an upgrade for another path stays open before it is closed without a response. `None` leaves it
    /// open. Applies only to [`serve`](Self::serve): a router answers such requests itself. Default: 1 s.
    pub fn destroy_upgrade(mut self, after: Option<Duration>) -> Self {
        self.settings.destroy_upgrade = after;
        self
    }
}

/// Clients use timers of 32-bit milliseconds and treat longer times as zero. 25 days are practically forever.
fn bounded(duration: Duration) -> Duration {
    duration.min(Duration::from_millis(i32::MAX as u64))
}
