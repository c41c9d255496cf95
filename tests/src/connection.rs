//! A connection (TCP, memory or TLS) with a buffer of received bytes.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::endpoint::within;
use crate::{Endpoint, Line};

/// A connection to a server.
#[derive(Debug)]
pub struct Connection<S = Line> {
    stream: S,
    received: Vec<u8>,
}

impl Connection {
    /// Connects to a server.
    pub async fn open(endpoint: &Endpoint) -> Self {
        Self::over(within("connecting", Line::to(endpoint)).await.expect("a connection"))
    }

    /// Connects with a small receive buffer, so that it soon becomes a slow reader.
    pub async fn open_narrow(endpoint: &Endpoint) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(32 * 1024).expect("a small buffer");
        Self::over(Line::Tcp(within("connecting", socket.connect(endpoint.address)).await.expect("a connection")))
    }

    /// Closes the connection with a reset, as a crashed peer does.
    pub fn abort(self) {
        self.stream.set_zero_linger().expect("no lingering");
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Returns the underlying stream. Received bytes that were not read yet are lost.
    pub fn into_stream(self) -> S {
        self.stream
    }

    /// Creates a connection over any stream.
    pub fn over(stream: S) -> Self {
        Self { stream, received: Vec::new() }
    }

    /// Sends bytes unchanged.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within("sending", self.try_send(bytes)).await.expect("the server takes the bytes");
    }

    /// Sends bytes unchanged, unless the server has closed the connection.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection is closed.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await?;
        self.stream.flush().await
    }

    /// Sends bytes and adds those written to `sent`, so that the count is valid even if the call is cancelled.
    pub async fn send_counting(&mut self, bytes: &[u8], sent: &mut usize) {
        while *sent < bytes.len() {
            *sent += self.stream.write(&bytes[*sent..]).await.expect("the server takes the bytes");
        }
    }

    /// Shuts down the write half; reading still works.
    pub async fn finish(&mut self) {
        // Fails if the server has closed the connection, which is then finished too.
        drop(self.stream.shutdown().await);
    }

    /// Returns the next line without its CR LF, or `None` if the connection ended.
    pub async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.received.windows(2).position(|two| two == b"\r\n") {
                let line = self.received.drain(..end + 2).take(end).collect();
                return Some(String::from_utf8(line).expect("a line of text"));
            }
            if !self.fill("a line").await {
                return None;
            }
        }
    }

    /// Returns the next `length` bytes, or `None` if the connection ended.
    pub async fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.received.len() < length {
            if !self.fill(&format!("{length} bytes")).await {
                return None;
            }
        }
        Some(self.received.drain(..length).collect())
    }

    /// Returns everything that arrives until the server closes the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.fill("the end of the connection").await {}
        std::mem::take(&mut self.received)
    }

    /// Reads more bytes. Returns `false` at the end of the connection, including a reset.
    async fn fill(&mut self, wanted: &str) -> bool {
        let waiting = format!("waiting for {wanted} after {:?}", String::from_utf8_lossy(&self.received));
        let read = within(waiting, self.stream.read_buf(&mut self.received)).await;
        matches!(read, Ok(1..))
    }
}
