//! A connection (TCP, memory, TLS) with the bytes that were received and not yet looked at.

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

    /// Connects with a small receive buffer: a reader that soon is a slow one.
    pub async fn open_narrow(endpoint: &Endpoint) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(32 * 1024).expect("a small buffer");
        Self::over(Line::Tcp(within("connecting", socket.connect(endpoint.address)).await.expect("a connection")))
    }

    /// Ends the connection with a reset, as a crashed peer does.
    pub fn abort(self) {
        self.stream.set_zero_linger().expect("no lingering");
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// The stream below; what has been received and not read yet is lost.
    pub fn into_stream(self) -> S {
        self.stream
    }

    /// A connection over any stream.
    pub fn over(stream: S) -> Self {
        Self { stream, received: Vec::new() }
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within("sending", self.try_send(bytes)).await.expect("the server takes the bytes");
    }

    /// Sends bytes as they are, unless the server has ended the connection.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await?;
        self.stream.flush().await
    }

    /// Sends bytes, and counts in `sent` those that have left: cut short, it tells how far it came.
    pub async fn send_counting(&mut self, bytes: &[u8], sent: &mut usize) {
        while *sent < bytes.len() {
            *sent += self.stream.write(&bytes[*sent..]).await.expect("the server takes the bytes");
        }
    }

    /// Says that nothing more will be sent, and still reads.
    pub async fn finish(&mut self) {
        // A connection that the server has ended is finished as well.
        drop(self.stream.shutdown().await);
    }

    /// The next line without its CR LF, or `None` where the connection ended.
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

    /// The next `length` bytes, or `None` where the connection ended.
    pub async fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.received.len() < length {
            if !self.fill(&format!("{length} bytes")).await {
                return None;
            }
        }
        Some(self.received.drain(..length).collect())
    }

    /// All that comes until the server ends the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.fill("the end of the connection").await {}
        std::mem::take(&mut self.received)
    }

    /// Reads more; false at the end, which may be a reset.
    async fn fill(&mut self, wanted: &str) -> bool {
        let waiting = format!("waiting for {wanted} after {:?}", String::from_utf8_lossy(&self.received));
        let read = within(waiting, self.stream.read_buf(&mut self.received)).await;
        matches!(read, Ok(1..))
    }
}
