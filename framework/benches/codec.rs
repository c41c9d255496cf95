//! A packet's way, step by step: frames, Engine.IO packets, Socket.IO packets, JSON; and what is sent.

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use switchboard::internals::bench;

fn main() {
    divan::main();
}

/// `["message",{"room":"lobby","text":"…"}]`, as long as wanted.
fn event(length: usize) -> String {
    let (before, after) = (r#"2["message",{"room":"lobby","text":""#, r#""}]"#);
    format!("{before}{:.<fill$}{after}", "", fill = length.saturating_sub(before.len() + after.len()))
}

/// A client's text frame. Its mask is zero, so that reading it in place leaves it as it is.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()).expect("a short text") {
        short @ 0..126 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend(long.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

#[divan::bench(args = [64, 1024])]
fn websocket_frames(bencher: Bencher<'_, '_>, length: usize) {
    const FRAMES: usize = 16;
    let mut buffer = frame(&format!("4{}", event(length))).repeat(FRAMES);
    assert_eq!(bench::frames(&mut buffer), FRAMES);
    bencher.counter(ItemsCount::new(FRAMES)).bench_local(|| bench::frames(black_box(&mut buffer)));
}

#[divan::bench]
fn engine_packet(bencher: Bencher<'_, '_>) {
    let text = format!("4{}", event(64));
    bencher.bench_local(|| bench::engine_packet(black_box(&text)));
}

#[divan::bench]
fn engine_payload(bencher: Bencher<'_, '_>) {
    const PACKETS: usize = 16;
    let body = vec![format!("4{}", event(64)); PACKETS].join("\u{1e}");
    assert_eq!(bench::engine_payload(&body), PACKETS);
    bencher.counter(ItemsCount::new(PACKETS)).bench_local(|| bench::engine_payload(black_box(&body)));
}

#[divan::bench(args = [64, 1024])]
fn decode_event(bencher: Bencher<'_, '_>, length: usize) {
    let text = event(length);
    assert!(bench::packet(&text, &[]));
    bencher.bench_local(|| bench::packet(black_box(&text), &[]));
}

#[divan::bench]
fn decode_acknowledgement(bencher: Bencher<'_, '_>) {
    assert!(bench::packet("37[true]", &[]));
    bencher.bench_local(|| bench::packet(black_box("37[true]"), &[]));
}

#[divan::bench]
fn decode_binary(bencher: Bencher<'_, '_>) {
    let text = r#"51-["upload",{"_placeholder":true,"num":0}]"#;
    let attachments = [Bytes::from(vec![7; 1024])];
    assert!(bench::packet(text, &attachments));
    bencher.bench_local(|| bench::packet(black_box(text), &attachments));
}

#[divan::bench(args = [64, 1024, 65536])]
fn json(bencher: Bencher<'_, '_>, length: usize) {
    let number = r#"{"id":12345,"name":"a name","tags":["one","two"],"at":1.5e3},"#;
    let text = format!("[{}0]", number.repeat(length.div_ceil(number.len())));
    assert!(bench::is_json(&text));
    bencher.counter(BytesCount::new(text.len())).bench_local(|| bench::is_json(black_box(&text)));
}

#[derive(serde::Serialize)]
struct Message {
    room: String,
    text: String,
}

#[divan::bench(args = [64, 1024])]
fn encode_event(bencher: Bencher<'_, '_>, length: usize) {
    let message = Message { room: "lobby".into(), text: ".".repeat(length) };
    assert!(bench::event("message", &message) > length);
    bencher.bench_local(|| bench::event("message", black_box(&message)));
}

#[divan::bench]
fn encode_acknowledgement(bencher: Bencher<'_, '_>) {
    assert!(bench::acknowledgement(&true) > 0);
    bencher.bench_local(|| bench::acknowledgement(black_box(&true)));
}
