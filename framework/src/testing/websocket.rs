//! A minimal WebSocket client (RFC 6455) for servers of this crate, which do not fragment messages.

use std::fmt::Write as _;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Opcodes of RFC 6455, section 11.8.
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;

/// The server's response if it does not switch protocols.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Upgrades the connection to WebSocket. Returns the bytes received after the response.
pub(super) async fn open<S>(stream: &mut S, target: &str, headers: &[(String, String)]) -> Result<BytesMut, Refusal>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // The key is the example of section 1.3, because the response's accept key is not checked.
    let mut request = format!(
        "GET {target} HTTP/1.1\r\nHost: server\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    );
    for (name, value) in headers {
        // Writing to a string cannot fail.
        let _ = write!(request, "{name}: {value}\r\n");
    }
    request.push_str("\r\n");
    let broken = |_| Refusal { status: 0, body: "the server has closed the connection".to_owned() };
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut received = BytesMut::new();
    loop {
        if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = received.split_to(end + 4);
            let status = std::str::from_utf8(&head).ok().and_then(|head| head.split(' ').nth(1)?.parse().ok());
            if status == Some(101) {
                return Ok(received);
            }
            // The server closes the connection after rejecting an upgrade.
            while stream.read_buf(&mut received).await.is_ok_and(|count| count > 0) {}
            let body = String::from_utf8_lossy(&received).into_owned();
            return Err(Refusal { status: status.unwrap_or_default(), body });
        }
        if stream.read_buf(&mut received).await.map_err(broken)? == 0 {
            return Err(Refusal { status: 0, body: "the server has closed the connection".to_owned() });
        }
    }
}

/// Takes the next complete frame. Returns its opcode and its payload.
pub(super) fn take_frame(received: &mut BytesMut) -> Option<(u8, Bytes)> {
    let (first, second) = (*received.first()?, *received.get(1)?);
    let (header, length) = match second {
        126 => (4, number(received.get(2..4)?)),
        127 => (10, number(received.get(2..10)?)),
        length => (2, usize::from(length)),
    };
    if received.len() < header + length {
        return None;
    }
    received.advance(header);
    Some((first & 0x0f, received.split_to(length).freeze()))
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Encodes a frame from the client. It is masked with zeros, because no proxy between client and server can
/// misinterpret it.
pub(super) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}
