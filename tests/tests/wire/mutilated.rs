//! Valid input with bytes changed, removed or doubled, at every layer. No result may affect other clients.

use switchboard_tests::frame::opcode;
use switchboard_tests::{Connection, Frame, Polling, Received, Request, WebSocket};

use crate::attacks::{expect_service, start};

/// Pseudo-random numbers, the same in every run (the linear congruential generator of Numerical Recipes).
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % bound
    }
}

#[tokio::test]
async fn packets() {
    let server = start().await;
    let packets = [
        r#"42["say","x"]"#,
        r#"4212["say","x"]"#,
        r#"42/c,7["say",{"a":[1,2.5e3,null,true,"\u00e9"]}]"#,
        r#"452-["say",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
        r#"461-5[{"_placeholder":true,"num":0}]"#,
        r#"40/c,{"token":"x"}"#,
        "41/c,",
        "431[]",
        "2probe",
        "bAQIDBA==",
    ];
    let mut random = Random(1);
    for _ in 0..400 {
        let mut socket = WebSocket::joined(&server).await;
        for _ in 0..4 {
            let mut bytes = packets[random.below(packets.len())].as_bytes().to_vec();
            for _ in 0..1 + random.below(3) {
                let at = random.below(bytes.len());
                match random.below(4) {
                    0 => bytes[at] = random.below(128) as u8,
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, bytes[at]),
                    _ => bytes.truncate(at + 1),
                }
                if bytes.is_empty() {
                    bytes.push(b'4');
                }
            }
            let opcode = if random.below(8) == 0 { opcode::BINARY } else { opcode::TEXT };
            drop(socket.connection().try_send(Frame::new(opcode, bytes).to_bytes()).await);
        }
        drop(socket.connection().try_send(Frame::close().to_bytes()).await);
        while socket.next().await != Received::End {}
    }
    expect_service(&server).await;
}

#[tokio::test]
async fn frames() {
    let server = start().await;
    let mut random = Random(2);
    for _ in 0..400 {
        let mut bytes = Vec::new();
        for _ in 0..3 {
            bytes.extend(Frame::text(r#"42["say","x"]"#).to_bytes());
            bytes.extend(Frame::text("42").unfinished().to_bytes());
            bytes.extend(Frame::new(opcode::PING, "x").to_bytes());
            bytes.extend(Frame::new(opcode::CONTINUATION, r#"["say","y"]"#).to_bytes());
        }
        for _ in 0..random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        let mut socket = WebSocket::joined(&server).await;
        drop(socket.connection().try_send(bytes).await);
        socket.connection().finish().await;
        while socket.next().await != Received::End {}
    }
    expect_service(&server).await;
}

#[tokio::test]
async fn requests() {
    let server = start().await;
    let polling = Polling::joined(&server).await;
    let requests = [
        Request::get(server.target("transport=polling")).to_bytes(),
        Request::post(polling.target(), "42[\"say\",\"x\"]\u{1e}bAQID").to_bytes(),
        Request::upgrade(server.target("transport=websocket")).to_bytes(),
        Request::upgrade(server.target(&format!("transport=websocket&sid={}", polling.sid))).to_bytes(),
    ];
    let mut random = Random(3);
    for round in 0..400 {
        let mut bytes = requests[round % requests.len()].clone();
        for _ in 0..random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        let mut connection = Connection::open(&server).await;
        drop(connection.try_send(bytes).await);
        connection.finish().await;
        connection.rest().await;
    }
    expect_service(&server).await;
}
