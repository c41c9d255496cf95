//! Compression of long-polling responses.

use std::io::Read;

use flate2::read::{GzDecoder, ZlibDecoder};
use switchboard::prelude::*;
use switchboard_tests::{Connection, Polling, Request, Response, TestServer, WebSocket};

use crate::journal::{Said, Seen, seen};

/// Makes the server send `length` bytes in one packet, and polls with this `Accept-Encoding`.
async fn poll(options: Server, length: usize, accept: &str) -> (Response, String) {
    let (namespace, _journal) = seen();
    let server = TestServer::start(options.namespace(namespace)).await;
    let mut polling = Polling::joined(&server).await;
    let text = "x".repeat(length - r#"42["said",""]"#.len());
    polling.post(&format!(r#"42["say","{text}"]"#)).await;
    let request = Request::get(polling.target()).header("Accept-Encoding", accept);
    let response = Connection::open(&server).await.request(&request).await;
    (response, format!(r#"42["said","{text}"]"#))
}

fn read(mut decoder: impl Read) -> String {
    let mut text = String::new();
    decoder.read_to_string(&mut text).expect("a compressed text");
    text
}

#[tokio::test]
async fn gzip_is_preferred() {
    for accept in ["gzip", "gzip, deflate", "deflate, gzip", "gzip, deflate, br, zstd", "*"] {
        let (response, text) = poll(Server::new(), 2000, accept).await;
        assert_eq!(response.header("content-encoding"), Some("gzip"), "{accept}");
        assert_eq!(response.header("content-type"), Some("text/plain; charset=UTF-8"));
        assert!(response.body.len() < 200);
        assert_eq!(read(GzDecoder::new(response.body.as_slice())), text);
    }
}

#[tokio::test]
async fn deflate_is_a_zlib_stream() {
    for accept in ["deflate", "deflate, br", "gzip;q=0, deflate"] {
        let (response, text) = poll(Server::new(), 2000, accept).await;
        assert_eq!(response.header("content-encoding"), Some("deflate"), "{accept}");
        assert_eq!(read(ZlibDecoder::new(response.body.as_slice())), text);
    }
}

#[tokio::test]
async fn what_the_client_cannot_read_is_not_compressed() {
    for accept in ["br", "identity", "", "gzip;q=0", "x-something"] {
        let (response, text) = poll(Server::new(), 2000, accept).await;
        assert_eq!((response.header("content-encoding"), response.text()), (None, text.as_str()), "{accept}");
    }
}

#[tokio::test]
async fn small_payloads_are_not_compressed() {
    let (response, _) = poll(Server::new(), 1023, "gzip").await;
    assert_eq!(response.header("content-encoding"), None);
    let (response, text) = poll(Server::new(), 1024, "gzip").await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert_eq!(read(GzDecoder::new(response.body.as_slice())), text);
}

#[tokio::test]
async fn the_threshold_is_an_option() {
    let (response, text) = poll(Server::new().http_compression(Some(100)), 150, "gzip").await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert_eq!(read(GzDecoder::new(response.body.as_slice())), text);
    let (response, text) = poll(Server::new().http_compression(None), 5000, "gzip").await;
    assert_eq!((response.header("content-encoding"), response.text()), (None, text.as_str()));
}

#[tokio::test]
async fn compression_suits_keep_alive() {
    let (namespace, _journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut polling = Polling::joined(&server).await;
    let mut connection = Connection::open(&server).await;
    for round in 0..3 {
        let text = format!("{round}").repeat(3000);
        polling.post(&format!(r#"42["say","{text}"]"#)).await;
        let response = connection.request(&Request::get(polling.target()).header("Accept-Encoding", "gzip")).await;
        assert_eq!(read(GzDecoder::new(response.body.as_slice())), format!(r#"42["said","{text}"]"#));
    }
}

/// The runtime has a single worker, so compression on that worker would block the other client.
#[tokio::test]
async fn large_payloads_are_compressed_beside_the_workers() {
    let (namespace, _journal) = seen();
    let server = TestServer::start(Server::new().namespace(namespace)).await;
    let mut bystander = WebSocket::joined(&server).await;
    let mut polling = Polling::joined(&server).await;
    bystander.send(r#"42["say","x"]"#).await;
    bystander.expect_text(r#"42["said","x"]"#).await;
    let text = (0..150_000).map(|number: u32| char::from(b'a' + (number.wrapping_mul(2_654_435_761) >> 27) as u8 % 26));
    let text: String = text.collect();
    let packet = format!(r#"42["said","{text}"]"#);
    for _ in 0..20 {
        drop(server.handle().namespace::<Seen>().emit(Said(text.clone())));
        bystander.expect_text(&packet).await;
    }
    let request = Request::get(polling.target()).header("Accept-Encoding", "gzip");
    let mut connection = Connection::open(&server).await;
    connection.send(request.to_bytes()).await;
    let mut answer = std::pin::pin!(connection.response());
    let mut echoes = 0;
    let answer = loop {
        let echo = async {
            bystander.send(r#"42["say","x"]"#).await;
            bystander.expect_text(r#"42["said","x"]"#).await;
        };
        tokio::select! {
            biased;
            answer = &mut answer => break answer.expect("an answer"),
            () = echo => echoes += 1,
        }
    };
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(read(GzDecoder::new(answer.body.as_slice())), [packet.as_str(); 20].join("\u{1e}"));
    assert!(echoes >= 10, "{echoes} echoes while 3 MB were compressed");
    polling.post(r#"42["say","x"]"#).await;
    assert_eq!(polling.get().await, r#"42["said","x"]"#);
}
