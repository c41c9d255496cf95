//! The information that a session keeps about the request that opened it.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::request::Parts;

/// The address of the peer, as a request extension.
///
/// [`Server::serve`](crate::Server::serve) sets it. If the service is mounted in another server, a middleware can set
/// it to the address that the listener reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteAddr(pub SocketAddr);

/// The HTTP request that opened the session: headers, query, address, time.
///
/// All sockets of the session share it, and an upgrade does not change it. It consists of copies, because the request
/// itself would pin hyper's read buffer.
#[derive(Clone, Debug)]
pub struct Handshake(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// One line `name:value` per header. Names contain no colon, and neither part contains a line feed.
    headers: Box<[u8]>,
    uri: Box<str>,
    address: Option<SocketAddr>,
    time: SystemTime,
}

impl Handshake {
    /// Creates the handshake of a request. Without an `address`, the request's `RemoteAddr` extension is used.
    pub(crate) fn new(parts: &Parts, address: Option<SocketAddr>) -> Self {
        let uri = parts.uri.path_and_query().map_or("", |uri| uri.as_str());
        let named = || parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let address = address.or_else(|| parts.extensions.get::<RemoteAddr>().map(|remote| remote.0));
        Self::keep(uri, named, address, SystemTime::now())
    }

    /// Creates a handshake from data of another server in the cluster: the path and query string, the headers with
    /// lower-case names, the peer's address, and the time when the session was opened. Headers that HTTP does not allow
    /// are left out.
    pub fn recorded(uri: &str, headers: &[(&str, &[u8])], address: Option<SocketAddr>, time: SystemTime) -> Self {
        let allowed = |(name, value): &(&str, &[u8])| !name.contains([':', '\n']) && !value.contains(&b'\n');
        Self::keep(uri, || headers.iter().copied().filter(allowed), address, time)
    }

    fn keep<'a, I: Iterator<Item = (&'a str, &'a [u8])>>(
        uri: &str,
        named: impl Fn() -> I,
        address: Option<SocketAddr>,
        time: SystemTime,
    ) -> Self {
        let mut headers = Vec::with_capacity(named().map(|(name, value)| name.len() + value.len() + 2).sum());
        for (name, value) in named() {
            headers.extend_from_slice(name.as_bytes());
            headers.push(b':');
            headers.extend_from_slice(value);
            headers.push(b'\n');
        }
        Self(Arc::new(Inner { headers: headers.into(), uri: uri.into(), address, time }))
    }

    /// Returns the value of a header, or the first if there are several. `None` if the header is missing or not UTF-8.
    /// Pass the name in lower case.
    ///
    /// ```
    /// # use switchboard::Handshake;
    /// fn language(handshake: &Handshake) -> &str {
    ///     handshake.header("accept-language").unwrap_or("en")
    /// }
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(n, _)| *n == name).and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Returns all headers in order, with lower-case names and unchanged values. A repeated header is returned several
    /// times.
    ///
    /// ```
    /// # use switchboard::Handshake;
    /// fn print(handshake: &Handshake) {
    ///     for (name, value) in handshake.headers() {
    ///         println!("{name}: {}", value.escape_ascii());
    ///     }
    /// }
    /// ```
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.headers.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((std::str::from_utf8(line.get(..colon)?).ok()?, line.get(colon + 1..)?))
        })
    }

    /// Returns a decoded parameter of the query string, or the last if there are several.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query_pairs().filter(|(n, _)| n == name).last().map(|(_, value)| value)
    }

    /// Returns all decoded parameters of the query string in order: those of Engine.IO (`EIO`, `transport`, `t`) and
    /// those of the client's `query` option.
    ///
    /// ```
    /// # use switchboard::Handshake;
    /// fn tags(handshake: &Handshake) -> Vec<String> {
    ///     handshake.query_pairs().filter(|(name, _)| name == "tag").map(|(_, value)| value.into_owned()).collect()
    /// }
    /// ```
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let query = self.0.uri.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
    }

    /// Returns the Engine.IO revision of the client: 4, or 3 for a Socket.IO 2 client (feature `eio3`).
    pub fn protocol(&self) -> u8 {
        if self.query("EIO").as_deref() == Some("4") { 4 } else { 3 }
    }

    /// Returns the path and the query string, unchanged.
    pub fn uri(&self) -> &str {
        &self.0.uri
    }

    /// Returns the peer's address if the listener provided it (see [`RemoteAddr`]).
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.address
    }

    /// Returns when the session was opened.
    pub fn time(&self) -> SystemTime {
        self.0.time
    }

    /// Returns `true` if the request has an `Origin` header, which browsers send with cross-origin requests.
    pub fn is_cross_domain(&self) -> bool {
        self.header("origin").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_query_are_found_again() {
        let request = http::Request::get("/socket.io/?EIO=4&name=a%20b&name=c")
            .header("Origin", "http://example.org")
            .header("X-Empty", "")
            .header("X-Colons", "a:b: c")
            .body(())
            .unwrap();
        let handshake = Handshake::new(&request.into_parts().0, None);
        assert_eq!(handshake.header("origin"), Some("http://example.org"));
        assert_eq!(handshake.header("x-empty"), Some(""));
        assert_eq!(handshake.header("x-colons"), Some("a:b: c"));
        assert_eq!(handshake.header("absent"), None);
        assert_eq!(handshake.query("name").as_deref(), Some("c"));
        assert_eq!(handshake.query("EIO").as_deref(), Some("4"));
        assert_eq!(handshake.protocol(), 4);
        assert_eq!(handshake.headers().count(), 3);
        let pairs: Vec<_> = handshake.query_pairs().collect();
        let expected = [("EIO", "4"), ("name", "a b"), ("name", "c")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[test]
    fn headers_that_http_does_not_allow_are_left_out() {
        let headers: [(&str, &[u8]); 3] = [("a", b"1\nb:2"), ("c:d", b"3"), ("e", b"4")];
        let handshake = Handshake::recorded("/", &headers, None, SystemTime::now());
        assert_eq!(handshake.headers().collect::<Vec<_>>(), [("e", &b"4"[..])]);
    }
}
