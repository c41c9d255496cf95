//! Long-polling payloads with length-prefixed packets.

use switchboard_tests::Request;

use super::setting::{BYTES, Polling, TEXT, journaled, part, server};

#[tokio::test]
async fn lengths_count_units_of_utf16() {
    let server = server().await;
    let polling = Polling::joined(&server, "").await;
    polling.post(r#"22:421["echo","h€llo 🦀"]18:422["echo","last"]"#).await;
    // Packets queued before the poll share one response.
    assert_eq!(polling.get().await.answer(), (200, r#"15:431["h€llo 🦀"]11:432["last"]"#));
}

#[tokio::test]
async fn bytes_come_and_go_as_bytes() {
    let server = server().await;
    let polling = Polling::joined(&server, "").await;
    let head = r#"451-7["reverse",{"_placeholder":true,"num":0}]"#;
    let body = [b"\x00\x04\x06\xff", head.as_bytes(), b"\x01\x04\xff\x04\x01\x02\x03"].concat();
    polling.post_bytes(body).await;
    let response = polling.get().await;
    assert_eq!(response.header("content-type"), Some(BYTES));
    let head = r#"461-7[{"_placeholder":true,"num":0}]"#;
    assert_eq!(response.body, [b"\x00\x03\x06\xff", head.as_bytes(), b"\x01\x04\xff\x04\x03\x02\x01"].concat());
    // Without binary packets the response is text, and text in a binary payload is UTF-8.
    let packet = r#"421["echo","h€llo 🦀"]"#;
    polling.post_bytes([b"\x00\x02\x06\xff", packet.as_bytes()].concat()).await;
    let response = polling.get().await;
    assert_eq!((response.header("content-type"), response.text()), (Some(TEXT), r#"15:431["h€llo 🦀"]"#));
}

#[tokio::test]
async fn bytes_go_as_text_to_who_cannot_read_them() {
    let server = server().await;
    let polling = Polling::joined(&server, "&b64=1").await;
    let head = part(r#"451-7["reverse",{"_placeholder":true,"num":0}]"#);
    polling.post(format!("{head}6:b4AQID")).await;
    let response = polling.get().await;
    assert_eq!(response.header("content-type"), Some(TEXT));
    let head = part(r#"461-7[{"_placeholder":true,"num":0}]"#);
    assert_eq!(response.text(), format!("{head}6:b4AwIB"));
}

#[tokio::test]
async fn base64_is_read_in_every_form_that_encoders_write() {
    let server = server().await;
    let polling = Polling::joined(&server, "&b64=1").await;
    let head = r#"451-7["reverse",{"_placeholder":true,"num":0}]"#;
    let answer = part(r#"461-7[{"_placeholder":true,"num":0}]"#);
    for data in ["b4+/8B\n", "b4-_8B", "b4 +/\r\n8B"] {
        polling.post(part(head) + &part(data)).await;
        assert_eq!(polling.get().await.text(), format!("{answer}6:b4Af/7"), "{data:?}");
        let length = u8::try_from(data.len()).unwrap();
        let body = [b"\x00\x04\x06\xff", head.as_bytes(), &[0, length, 255], data.as_bytes()].concat();
        polling.post_bytes(body).await;
        assert_eq!(polling.get().await.text(), format!("{answer}6:b4Af/7"), "{data:?}");
    }
}

#[tokio::test]
async fn malformed_payloads_end_the_session() {
    let (server, mut journal) = journaled(|server| server).await;
    for body in ["", "4", "2", "2:", "3:2", ":2", "+1:2", "0x1:2", "1e0:2", "1:9", "2:4🦀", "1:b", "3:b4!", "1:2\u{1e}"]
    {
        let polling = Polling::joined(&server, "").await;
        journal.expect("connected").await;
        polling.post(body).await;
        journal.expect("disconnected: parse error").await;
        polling.expect_gone().await;
    }
    let bodies: [&[u8]; 8] = [
        b"\x00",
        b"\x00\xff",
        b"\x00\x01",
        b"\x00\x02\xff2",
        b"\x00\x01\xff9",
        b"\x01\x01\xff\x09",
        b"\x00\x02\xff4\xff",
        b"1:2",
    ];
    for body in bodies {
        let polling = Polling::joined(&server, "").await;
        journal.expect("connected").await;
        polling.post_bytes(body).await;
        journal.expect("disconnected: parse error").await;
        polling.expect_gone().await;
    }
}

#[tokio::test]
async fn what_comes_before_a_malformed_packet_is_handled() {
    let (server, mut journal) = journaled(|server| server).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    polling.post(format!("{}0:1:9{}", part(r#"42["tell","first"]"#), part(r#"42["tell","second"]"#))).await;
    journal.expect("told: first").await;
    journal.expect("disconnected: parse error").await;
    journal.expect_silence();
}

#[tokio::test]
async fn payloads_are_bounded() {
    let (server, mut journal) = journaled(|server| server.max_packets_per_payload(3).max_payload(100)).await;
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    let too_large = Request::post(polling.target(), "1:2".repeat(34));
    assert_eq!(polling.request(&too_large).await.answer(), (413, ""));
    polling.post("1:2".repeat(3)).await;
    assert_eq!(polling.get().await.answer(), (200, "1:31:31:3"));
    polling.post("1:2".repeat(4)).await;
    journal.expect("disconnected: parse error").await;
    // A length prefix larger than the payload.
    let polling = Polling::joined(&server, "").await;
    journal.expect("connected").await;
    polling.post_bytes([b"\x01".as_slice(), &[9; 18], b"\xff\x04"].concat()).await;
    journal.expect("disconnected: parse error").await;
}
