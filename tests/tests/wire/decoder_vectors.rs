//! The decoder's result for every form of packet: tables of frames and expected outcomes.

use bytes::Bytes;
use switchboard::prelude::*;
use switchboard_tests::{Received, TestServer, WebSocket};
use tokio::sync::mpsc::UnboundedSender;

use crate::journal::Journal;

/// Reports every event unchanged, and acknowledges it without arguments.
struct Recorder<const MAIN: bool> {
    reports: UnboundedSender<String>,
}

impl<const MAIN: bool> Namespace for Recorder<MAIN> {
    const PATH: &'static str = if MAIN { "/" } else { "/c" };
    type Params = ();
    type Session = ();

    async fn connect(&self, _: ConnectContext<Self>) -> Result<(), ConnectError> {
        Ok(())
    }

    async fn dispatch(&self, mut event: EventContext<Self>) -> Reply {
        let mut report = event.raw().to_owned();
        while let Ok(bytes) = event.extract::<Bytes>() {
            report.push_str(&format!(" {bytes:?}"));
        }
        drop(self.reports.send(report));
        event.into_responder().answer(&())
    }

    async fn disconnect(&self, context: DisconnectContext<Self>) {
        drop(self.reports.send(format!("disconnected: {}", context.reason())));
    }
}

async fn server() -> (TestServer, Journal) {
    let (sender, journal) = Journal::new();
    let options = Server::new()
        .namespace(Recorder::<true> { reports: sender.clone() })
        .namespace(Recorder::<false> { reports: sender });
    (TestServer::start(options).await, journal)
}

/// A frame that a client sends.
#[derive(Debug, Clone)]
enum Sent {
    Text(String),
    Binary(Vec<u8>),
}

/// The expected result of a frame.
#[derive(Debug, Clone)]
enum Then {
    /// The handler is called with this event.
    Event(&'static str),
    /// The client receives this packet.
    Answer(&'static str),
    /// Nothing happens, and the session stays open.
    Nothing,
    /// The session is closed for this reason.
    Closed(&'static str),
}

use Then::{Answer, Closed, Event, Nothing};

fn text(packet: impl Into<String>) -> Sent {
    Sent::Text(packet.into())
}

fn bytes(payload: &[u8]) -> Sent {
    Sent::Binary(payload.to_vec())
}

/// Sends frames in a session that has connected to `/`, and compares the results with `outcome`.
async fn check(frames: &[Sent], outcome: &[Then]) {
    let (server, mut journal) = server().await;
    let mut socket = WebSocket::joined(&server).await;
    for frame in frames {
        match frame {
            Sent::Text(packet) => socket.send(packet).await,
            Sent::Binary(payload) => socket.send_binary(payload).await,
        }
    }
    for then in outcome {
        match then {
            Event(event) => assert_eq!(journal.next().await, *event, "{frames:?}"),
            Answer(answer) => assert_eq!(socket.next().await, Received::Text((*answer).to_owned()), "{frames:?}"),
            Closed(reason) => {
                assert_eq!(socket.next().await, Received::Close(None), "{frames:?}");
                assert_eq!(journal.next().await, format!("disconnected: {reason}"), "{frames:?}");
                journal.expect_silence();
                return;
            }
            Nothing => {}
        }
    }
    // The session is still open, and nothing else has happened.
    socket.send(r#"42999["alive?"]"#).await;
    assert_eq!(journal.next().await, r#"["alive?"]"#, "{frames:?}");
    assert_eq!(socket.next().await, Received::Text("43999[]".to_owned()), "{frames:?}");
}

const FORCED: Then = Closed("forced close");
const P0: &str = r#"{"_placeholder":true,"num":0}"#;

#[tokio::test]
async fn connects() {
    for (packet, answer) in [
        ("40/nope,", r#"44/nope,{"message":"Invalid namespace"}"#),
        ("40/nope", r#"44/nope,{"message":"Invalid namespace"}"#),
        (r#"40/c?a=b,{"x":1}"#, r#"44/c?a=b,{"message":"Invalid namespace"}"#),
    ] {
        check(&[text(packet)], &[Answer(answer)]).await;
    }
    // The session is already in `/`, so its socket is replaced.
    for packet in ["40", "40/,", "405", "40{}"] {
        let (server, _journal) = server().await;
        let mut socket = WebSocket::joined(&server).await;
        socket.send(packet).await;
        let answer = socket.next_text().await;
        assert!(answer.starts_with(r#"40{"sid":""#), "{packet}: {answer}");
    }
}

#[tokio::test]
async fn first_packets() {
    let (server, _journal) = server().await;
    for (packet, reply) in [
        ("40", r#"40{"sid":""#),
        ("40{}", r#"40{"sid":""#),
        (r#"40{"token":[1]}"#, r#"40{"sid":""#),
        ("405", r#"40{"sid":""#),
        ("40/c", r#"40/c,{"sid":""#),
        ("40/c,", r#"40/c,{"sid":""#),
        (r#"40/c,{"a":1}"#, r#"40/c,{"sid":""#),
    ] {
        let mut socket = WebSocket::open(&server).await;
        socket.send(packet).await;
        let answer = socket.next_text().await;
        assert!(answer.starts_with(reply), "{packet}: {answer}");
    }
    for packet in ["40[]", r#"40"x""#, "40null", "40{", "40{}x", "405x", "40true", "40 ", "4abc", "4"] {
        let mut socket = WebSocket::open(&server).await;
        socket.send(packet).await;
        assert_eq!(socket.next().await, Received::Close(None), "{packet}");
    }
}

#[tokio::test]
async fn events() {
    for (packet, event) in [
        (r#"42["a"]"#, r#"["a"]"#),
        (r#"42/,["a"]"#, r#"["a"]"#),
        ("42[1,2]", "[1,2]"),
        (r#"42["m",{"_placeholder":true,"num":0}]"#, r#"["m",{"_placeholder":true,"num":0}]"#),
        (r#"42["__proto__"]"#, r#"["__proto__"]"#),
        (r#"42["constructor","a"]"#, r#"["constructor","a"]"#),
        (r#"42["error"]"#, r#"["error"]"#),
        (r#"42["message","é😀"]"#, r#"["message","é😀"]"#),
        (r#"42["connection"]"#, r#"["connection"]"#),
    ] {
        check(&[text(packet)], &[Event(event)]).await;
    }
    check(&[text(r#"42007["e"]"#)], &[Event(r#"["e"]"#), Answer("437[]")]).await;
    check(&[text(r#"420["e"]"#)], &[Event(r#"["e"]"#), Answer("430[]")]).await;
    check(&[text(r#"4218446744073709551615["e"]"#)], &[Event(r#"["e"]"#), Answer("4318446744073709551615[]")]).await;
}

#[tokio::test]
async fn events_that_are_none() {
    for packet in [
        "42",
        "42[]",
        r#"42{"a":1}"#,
        r#"42["a""#,
        "42[null]",
        "42[true]",
        "42[{}]",
        "42[[]]",
        "42null",
        r#"42"a""#,
        r#"42abc["m"]"#,
        r#"42-1["m"]"#,
        r#"421.5["m"]"#,
        r#"42+1["m"]"#,
        r#"42 5["e"]"#,
        r#"425 5["e"]"#,
        r#"4218446744073709551616["e"]"#,
        r#"4299999999999999999999["e"]"#,
        r#"42["a"]x"#,
        r#"42["a"]["b"]"#,
        r#"42["a",]"#,
        r#"42['a']"#,
        "42[\"a\u{1}\"]",
        r#"42["\x"]"#,
        r#"42["a",01]"#,
        r#"42["a",NaN]"#,
        r#"42["connect"]"#,
        r#"42["connect_error"]"#,
        r#"42["disconnect"]"#,
        r#"42["disconnecting"]"#,
        r#"42["newListener"]"#,
        r#"42["removeListener"]"#,
        r#"42["disc\u006fnnect"]"#,
        r#"42/c,["a"]"#,
        r#"42/nope,["a"]"#,
    ] {
        check(&[text(packet)], &[FORCED]).await;
    }
}

#[tokio::test]
async fn acknowledgements() {
    for packet in ["43", r#"4399["x"]"#, "430[]", "43[]", "431[null,1]"] {
        check(&[text(packet)], &[Nothing]).await;
    }
    for packet in ["431{}", r#"431"x""#, "431[", "43null", r#"43/c,1["x"]"#, "4399999999999999999999[]"] {
        check(&[text(packet)], &[FORCED]).await;
    }
}

#[tokio::test]
async fn disconnects() {
    check(&[text("41"), text(r#"42["a"]"#)], &[Closed("client namespace disconnect")]).await;
    for packet in ["41{}", "41[]", r#"41"x""#, "41/c,"] {
        check(&[text(packet)], &[FORCED]).await;
    }
}

#[tokio::test]
async fn connect_errors_and_unknown_types() {
    for packet in [r#"44{"message":"x"}"#, r#"44"x""#, "44", "44[]", "47", "49", "4abc", "4-", "4 ", "4é", "4"] {
        check(&[text(packet)], &[FORCED]).await;
    }
}

#[tokio::test]
async fn binary_events() {
    let event = |count: &str, data: &str| text(format!(r#"45{count}-["m",{data}]"#));
    check(&[event("1", P0), bytes(&[1, 2])], &[Event(r#"["m",{"_placeholder":true,"num":0}] b"\x01\x02""#)]).await;
    check(
        &[event("1", &format!("{P0},{P0}")), bytes(&[1])],
        &[Event(r#"["m",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}] b"\x01" b"\x01""#)],
    )
    .await;
    check(&[event("1", "5"), bytes(&[1])], &[Event(r#"["m",5]"#)]).await;
    check(&[event("01", "5"), bytes(&[1])], &[Event(r#"["m",5]"#)]).await;
    // A text frame `b…` is the base64 form of a binary frame.
    check(&[event("1", P0), text("bAQI=")], &[Event(r#"["m",{"_placeholder":true,"num":0}] b"\x01\x02""#)]).await;

    let mut ten = vec![event("10", r#"{"_placeholder":true,"num":3}"#)];
    ten.extend((0..10).map(|number| bytes(&[number])));
    check(&ten, &[Event(r#"["m",{"_placeholder":true,"num":3}] b"\x03""#)]).await;

    check(
        &[text(format!(r#"451-/,7["m",{P0}]"#)), bytes(&[])],
        &[Event(r#"["m",{"_placeholder":true,"num":0}] b"""#), Answer("437[]")],
    )
    .await;
}

#[tokio::test]
async fn binary_events_that_are_none() {
    for packet in [
        r#"450-["m"]"#,
        r#"4500-["m"]"#,
        r#"451["m"]"#,
        r#"45-["m"]"#,
        r#"45["m"]"#,
        "45",
        "451",
        r#"4511-["m"]"#,
        r#"45-1-["m"]"#,
        r#"451.5-["m"]"#,
        r#"45 1-["m"]"#,
        r#"451e1-["m"]"#,
        r#"4599999999999999999999-["m"]"#,
        r#"451-["disconnect"]"#,
        r#"451-[]"#,
        r#"451-{"a":1}"#,
        r#"451-["m""#,
    ] {
        check(&[text(packet)], &[FORCED]).await;
    }
    for number in ["4", "1", "-1", "0.5", r#""splice""#, "null"] {
        let event = format!(r#"451-["m",{{"_placeholder":true,"num":{number}}}]"#);
        check(&[text(event), bytes(&[1])], &[FORCED]).await;
    }
    let event = text(format!(r#"451-["m",{P0}]"#));
    for interruption in [r#"42["a"]"#, "40/c,", "41", "43[]", r#"451-["m"]"#] {
        check(&[event.clone(), text(interruption)], &[FORCED]).await;
    }
    check(&[bytes(&[1, 2])], &[FORCED]).await;
    check(&[bytes(&[])], &[FORCED]).await;
    check(&[text("bAQI=")], &[FORCED]).await;
    // A surplus attachment belongs to no packet.
    check(&[event, bytes(&[1]), bytes(&[2])], &[Event(r#"["m",{"_placeholder":true,"num":0}] b"\x01""#), FORCED]).await;
}

#[tokio::test]
async fn binary_acknowledgements() {
    check(&[text(format!("461-5[{P0}]")), bytes(&[1])], &[Nothing]).await;
    for packet in ["460-5[]", "4611-5[]", "465[]", "461-5{}"] {
        check(&[text(packet)], &[FORCED]).await;
    }
}
