//! An HTTP/1.1 client that writes requests and parses responses by hand.

use tokio::io::{AsyncRead, AsyncWrite};

use crate::Connection;

/// A request, sent byte for byte.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// Creates a request without a body.
    pub fn new(method: &str, target: impl Into<String>) -> Self {
        let headers = vec![("Host".to_owned(), "127.0.0.1".to_owned())];
        Self { method: method.to_owned(), target: target.into(), headers, body: Vec::new() }
    }

    /// Creates a `GET` request.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// Creates a `POST` request with a `Content-Length`.
    pub fn post(target: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let request = Self::new("POST", target).header("Content-Length", &body.len().to_string());
        Self { body, ..request }
    }

    /// Creates the opening handshake of a WebSocket, with the key of RFC 6455, section 1.3.
    pub fn upgrade(target: impl Into<String>) -> Self {
        Self::get(target)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("Sec-WebSocket-Version", "13")
    }

    /// Adds a header, or replaces its value.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Returns the request line and the headers, with the empty line after them.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// Returns the whole request.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A response with its complete body, without transfer coding.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names and values, in order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns the value of a header that may appear only once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} appears twice: {:?}", self.headers);
        value
    }

    /// Returns the body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    /// Returns status and body, which most tests compare.
    pub fn answer(&self) -> (u16, &str) {
        (self.status, self.text())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Sends a request and waits for its response.
    pub async fn request(&mut self, request: &Request) -> Response {
        self.send(request.to_bytes()).await;
        self.response_to(&request.method).await.expect("a response")
    }

    /// Returns the response to an earlier GET or POST, or `None` if the server closed the connection instead.
    pub async fn response(&mut self) -> Option<Response> {
        self.response_to("GET").await
    }

    async fn response_to(&mut self, method: &str) -> Option<Response> {
        let status_line = self.line().await?;
        let status = status_line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("not a status line: {status_line:?}"));
        let mut response = Response { status, headers: Vec::new(), body: Vec::new() };
        loop {
            let line = self.line().await.expect("the headers of a response");
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a header: {line:?}"));
            response.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        response.body = match (response.header("transfer-encoding"), response.header("content-length")) {
            _ if method == "HEAD" || status < 200 || status == 204 || status == 304 => Vec::new(),
            (Some("chunked"), None) => self.chunks().await,
            (None, Some(length)) => {
                let length = length.parse().expect("a length in digits");
                self.exactly(length).await.expect("the whole body")
            }
            (None, None) => self.rest().await,
            (coding, length) => panic!("transfer-encoding {coding:?} beside content-length {length:?}"),
        };
        Some(response)
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let size = self.line().await.expect("the size of a chunk");
            let size = usize::from_str_radix(&size, 16).unwrap_or_else(|_| panic!("not a chunk's size: {size:?}"));
            body.extend(self.exactly(size).await.expect("a whole chunk"));
            assert_eq!(self.line().await.as_deref(), Some(""), "a chunk ends with an empty line");
            if size == 0 {
                return body;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    async fn read(bytes: &str) -> Option<Response> {
        let (near, mut far) = duplex(4096);
        far.write_all(bytes.as_bytes()).await.unwrap();
        drop(far);
        Connection::over(near).response().await
    }

    #[tokio::test]
    async fn a_request_is_the_bytes_asked_for() {
        let (near, mut far) = duplex(4096);
        let request = Request::post("/a?b=c", "42").header("X-One", "1").without("host");
        Connection::over(near).send(request.to_bytes()).await;
        let mut sent = String::new();
        far.read_to_string(&mut sent).await.unwrap();
        assert_eq!(sent, "POST /a?b=c HTTP/1.1\r\nContent-Length: 2\r\nX-One: 1\r\n\r\n42");
    }

    #[tokio::test]
    async fn bodies_end_as_their_headers_say() {
        let counted = read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
        assert_eq!(counted.answer(), (200, "ok"));
        let chunked =
            read("HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n").await;
        assert_eq!(chunked.unwrap().answer(), (400, "abc"));
        let until_the_end = read("HTTP/1.1 400 Bad\r\nX: y\r\n\r\nabc").await.unwrap();
        assert_eq!((until_the_end.header("x"), until_the_end.text()), (Some("y"), "abc"));
    }

    #[tokio::test]
    async fn an_ended_connection_is_no_response() {
        assert!(read("").await.is_none());
    }
}
