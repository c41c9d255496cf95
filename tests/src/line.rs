//! The transport of a client's bytes: TCP, or memory for tests with a paused clock.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::net::TcpStream;

use crate::Endpoint;

/// Buffer size of a connection in memory, in each direction. About the size of TCP's buffers.
const MEMORY: usize = 256 * 1024;

/// A stream to a server.
#[derive(Debug)]
pub enum Line {
    /// Over the network.
    Tcp(TcpStream),
    /// Within the process.
    Memory(DuplexStream),
}

impl Line {
    /// Opens a new stream to the server.
    ///
    /// # Errors
    ///
    /// Returns an error if no server listens at the endpoint.
    pub(crate) async fn to(endpoint: &Endpoint) -> io::Result<Self> {
        let Some(server) = endpoint.memory.clone() else {
            let stream = TcpStream::connect(endpoint.address).await?;
            stream.set_nodelay(true)?;
            return Ok(Self::Tcp(stream));
        };
        let (near, far) = duplex(MEMORY);
        let address = endpoint.address;
        tokio::spawn(async move { server.serve_connection(far, Some(address)).await });
        Ok(Self::Memory(near))
    }

    /// Makes dropping the stream reset the connection. Has no effect on a stream in memory, which can only close
    /// normally.
    pub(crate) fn set_zero_linger(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_zero_linger(),
            Self::Memory(_) => Ok(()),
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Memory(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Memory(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Memory(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Memory(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
