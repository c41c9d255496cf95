//! Messages with acks over WebSocket: `echo`, `echoraw`, `binary`.

use std::time::Duration;

use crate::arguments::Arguments;
use crate::engine::{Engine, Io, Scenario};
use crate::exchange::Exchange;
use crate::fault::{Result, excerpt, wrong};
use crate::load::{self, Load};
use crate::report::Line;
use crate::{frame, message};

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// `echo`: a string.
    Text,
    /// `echoraw`: a string that the server returns without parsing it.
    Raw,
    /// `echobin`: one attachment.
    Binary,
}

pub struct Echo {
    kind: Kind,
    window: usize,
    pub exchange: Exchange,
    /// The encoded frames for each id.
    frames: Vec<Vec<u8>>,
    /// The part of an ack after the id.
    expected: Vec<u8>,
    /// Ids of acks whose attachment has not arrived yet.
    pending: Vec<Option<[u8; 4]>>,
}

impl Echo {
    pub fn new(a: &Arguments, kind: Kind) -> Self {
        let payload = if kind == Kind::Binary { message::bytes(a.size) } else { message::text(a.size) };
        let text = String::from_utf8_lossy(&payload);
        let frames = Exchange::ids(a.window).map(|id| match kind {
            Kind::Text => frame::text(format!("42{id}[\"echo\",\"{text}\"]")),
            Kind::Raw => frame::text(format!("42{id}[\"echoraw\",\"{text}\"]")),
            Kind::Binary => {
                let mut frames = frame::text(format!("451-{id}[\"echobin\",{{\"_placeholder\":true,\"num\":0}}]"));
                frame::push(&mut frames, frame::BINARY, &payload);
                frames
            }
        });
        Self {
            kind,
            window: a.window,
            exchange: Exchange::new(a),
            frames: frames.collect(),
            expected: if kind == Kind::Binary { payload.clone() } else { format!("[\"{text}\"]").into_bytes() },
            pending: vec![None; a.connections],
        }
    }

    /// Sends messages until the window of a connection is full.
    pub fn begin(&mut self, connection: usize, io: &mut Io<'_>) {
        for slot in 0..self.window {
            self.send(connection, slot, io);
        }
    }

    fn send(&mut self, connection: usize, slot: usize, io: &mut Io<'_>) {
        if let Some(nth) = self.exchange.send(connection, slot, io.now) {
            io.out.extend_from_slice(&self.frames[nth]);
        }
    }

    fn ack(&mut self, connection: usize, id: &[u8], io: &mut Io<'_>) -> Result {
        let slot = self.exchange.ack(connection, id, io.now)?;
        self.send(connection, slot, io);
        Ok(())
    }
}

impl Scenario for Echo {
    fn text(&mut self, connection: usize, message: &[u8], io: &mut Io<'_>) -> Result {
        if self.kind == Kind::Binary {
            let id = message.strip_prefix(b"461-").and_then(|rest| rest.first_chunk());
            if id.is_none() || self.pending[connection].is_some() {
                return wrong(connection, format!("not the ack that is awaited: {}", excerpt(message)));
            }
            self.pending[connection] = id.copied();
            return Ok(());
        }
        match message.strip_prefix(b"43").and_then(<[u8]>::split_first_chunk::<4>) {
            Some((id, payload)) if payload == self.expected => self.ack(connection, id, io),
            _ => wrong(connection, format!("not the ack that is awaited: {}", excerpt(message))),
        }
    }

    fn binary(&mut self, connection: usize, message: &[u8], io: &mut Io<'_>) -> Result {
        match self.pending[connection].take() {
            Some(id) if message == self.expected => self.ack(connection, &id, io),
            _ => wrong(connection, format!("an altered or unexpected attachment of {} bytes", message.len())),
        }
    }
}

struct Running {
    engine: Engine,
    echo: Echo,
}

impl Load for Running {
    fn poll(&mut self, timeout: Duration) -> Result {
        self.engine.poll(&mut self.echo, timeout)
    }

    fn measure(&mut self, on: bool) {
        self.echo.exchange.measure(on);
    }

    fn stop(&mut self) {
        self.echo.exchange.stop();
    }

    fn complete(&self) -> bool {
        self.echo.exchange.complete()
    }

    fn outstanding(&self) -> u64 {
        self.echo.exchange.outstanding()
    }
}

pub fn run(a: &Arguments, kind: Kind) -> Result<Line> {
    let mut running = Running { engine: Engine::new(a.port)?, echo: Echo::new(a, kind) };
    running.engine.open_all(a.connections, 64, &mut running.echo)?;
    for connection in 0..a.connections {
        running.engine.act(connection, |io| running.echo.begin(connection, io))?;
    }
    let usage = load::measure(a, &mut running)?;
    let exchange = &running.echo.exchange;
    Ok(exchange.describe(Line::begin(a)).usage(exchange.counted, &usage))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Sends two messages, and returns the load generator's verdict on the given answers.
    fn answered(kind: Kind, answers: &[&[u8]]) -> Result<Echo> {
        let a = Arguments::parse("echo --connections 1 --window 2 --size 4".split(' ').map(str::to_owned)).unwrap();
        let mut echo = Echo::new(&a, kind);
        let (mut out, mut other_out) = (Vec::new(), Vec::new());
        let now = Instant::now();
        let mut io = Io { out: &mut out, other_out: &mut other_out, other: 0, now, close: false };
        echo.begin(0, &mut io);
        echo.exchange.stop();
        for answer in answers {
            match answer.strip_prefix(b"b") {
                Some(attachment) => echo.binary(0, attachment, &mut io)?,
                None => echo.text(0, answer, &mut io)?,
            }
        }
        Ok(echo)
    }

    #[test]
    fn right_answers_pass() {
        let echo = answered(Kind::Text, &[b"431002[\"ahov\"]", b"431003[\"ahov\"]"]).unwrap();
        assert_eq!((echo.exchange.outstanding(), echo.exchange.reordered()), (0, 0));
    }

    #[test]
    fn a_lost_answer_is_outstanding() {
        assert_eq!(answered(Kind::Text, &[b"431003[\"ahov\"]"]).unwrap().exchange.outstanding(), 1);
    }

    #[test]
    fn answers_out_of_order_are_counted() {
        let echo = answered(Kind::Text, &[b"431003[\"ahov\"]", b"431002[\"ahov\"]"]).unwrap();
        assert_eq!(echo.exchange.reordered(), 1);
    }

    #[test]
    fn repeated_altered_and_unexpected_answers_fail() {
        assert!(answered(Kind::Text, &[b"431002[\"ahov\"]", b"431002[\"ahov\"]"]).is_err());
        assert!(answered(Kind::Text, &[b"431002[\"ahow\"]"]).is_err());
        assert!(answered(Kind::Text, &[b"431000[\"ahov\"]"]).is_err());
        assert!(answered(Kind::Text, &[b"42[\"other\"]"]).is_err());
    }

    #[test]
    fn attachments_are_compared() {
        let head = b"461-1002[{\"_placeholder\":true,\"num\":0}]".as_slice();
        let right = [b"b".as_slice(), &message::bytes(4)].concat();
        assert_eq!(answered(Kind::Binary, &[head, &right]).unwrap().exchange.outstanding(), 1);
        assert!(answered(Kind::Binary, &[head, b"bxxxx"]).is_err());
        assert!(answered(Kind::Binary, &[&right, head]).is_err());
        assert!(answered(Kind::Binary, &[head, head]).is_err());
    }
}
