//! Probes the WebSocket to which a long-polling session is to be upgraded.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::codec::Packet;
use super::frame::Frame;
use super::session::Session;
use super::websocket::{Incoming, WebSocket};

/// How often the upgrade checks for a pending poll after the probe. It answers a poll that it finds twice. A client
/// that has received `3probe` sends nothing, including events, until its poll is answered. The poll is not answered at
/// once: an event that the client sent earlier may still be on its way, and its reply would answer the poll too.
const HURRY: Duration = Duration::from_millis(5);
/// How many times it checks at this rate. After that, a client that continues to poll is answered at the slow rate.
const HURRIES: u32 = 40;
/// The slow rate.
const RHYTHM: Duration = Duration::from_millis(100);

/// The state machine of the probe.
#[derive(Debug, Default)]
struct Probe {
    probed: bool,
}

/// What to do after a packet.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Answer with `3probe`, and check for a pending poll more often.
    Answer,
    /// Switch the session to the WebSocket.
    Complete,
    /// Close the WebSocket. The session stays on long-polling.
    Abort,
}

impl Probe {
    /// Expects `2probe` at most once, then `5`. Published clients for C#, Unity and PHP send `5` alone, and the
    /// reference implementation accepts that.
    fn packet(&mut self, packet: Option<&Packet<'_>>) -> Step {
        match packet {
            Some(Packet::Ping("probe")) if !self.probed => {
                self.probed = true;
                Step::Answer
            }
            Some(Packet::Upgrade) => Step::Complete,
            _ => Step::Abort,
        }
    }
}

/// Probes the connection and hands it to the session's task, or closes it with an empty close frame.
pub(super) async fn upgrade(session: Arc<Session>, mut websocket: Box<WebSocket>, patience: Duration) {
    let begun = session.state().begin_upgrade().is_ok();
    let complete = begun && timeout(patience, probe(&session, &mut websocket)).await == Ok(Step::Complete);
    if begun && !complete {
        session.state().abort_upgrade();
    }
    let rest = if complete { session.hand_over(websocket) } else { Some(websocket) };
    if let Some(websocket) = rest {
        session.observed.upgrade_failed();
        websocket.into_closing(None, false).wait(patience).await;
    }
}

async fn probe(session: &Session, websocket: &mut WebSocket) -> Step {
    let mut probe = Probe::default();
    let mut rhythm = ticks(RHYTHM);
    let mut hurries = 0;
    std::future::poll_fn(|cx| {
        loop {
            let mut step = None;
            let received = websocket.poll_receive(cx, &mut |incoming, _| {
                let packet = match &incoming {
                    Incoming::Text(text) => Packet::parse(text).ok(),
                    Incoming::Ping(_) | Incoming::Pong | Incoming::Fragment => return ControlFlow::Continue(()),
                    Incoming::Binary(_) | Incoming::Close(_) => None,
                };
                step = Some(probe.packet(packet.as_ref()));
                ControlFlow::Break(())
            });
            match step {
                Some(Step::Answer) => {
                    websocket.send_first(&Frame::text(b"3probe"));
                    rhythm = ticks(HURRY);
                }
                Some(step) => return Poll::Ready(step),
                // The connection was lost or violated the protocol.
                None if received.is_ready() => return Poll::Ready(Step::Abort),
                None => {}
            }
            if let Poll::Ready(Err(_)) = websocket.poll_send(cx) {
                return Poll::Ready(Step::Abort);
            }
            if session.state().closed().is_some() {
                return Poll::Ready(Step::Abort);
            }
            if received.is_pending() {
                break;
            }
        }
        while rhythm.poll_tick(cx).is_ready() {
            let mut state = session.state();
            if probe.probed {
                state.hurry_poll();
                hurries += 1;
                if hurries == HURRIES {
                    rhythm = ticks(RHYTHM);
                }
            }
            if state.closed().is_some() {
                return Poll::Ready(Step::Abort);
            }
        }
        Poll::Pending
    })
    .await
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn a_second_probe_aborts() {
        let mut probe = Probe::default();
        assert_eq!(probe.packet(Some(&Packet::Ping("probe"))), Step::Answer);
        assert_eq!(probe.packet(Some(&Packet::Ping("probe"))), Step::Abort);
        assert_eq!(Probe::default().packet(Some(&Packet::Ping(""))), Step::Abort);
        assert_eq!(Probe::default().packet(None), Step::Abort);
    }

    #[test]
    fn only_an_upgrade_packet_completes_at_most_one_probe_before_it() {
        let packets =
            [Packet::Ping("probe"), Packet::Upgrade, Packet::Pong("probe"), Packet::Message("x"), Packet::Noop];
        for seed in 0..500 {
            let mut random = SmallRng::seed_from_u64(seed);
            let mut probe = Probe::default();
            let mut seen = Vec::new();
            loop {
                let pick = random.random_range(0..packets.len());
                seen.push(pick);
                match probe.packet(Some(&packets[pick])) {
                    Step::Answer => assert_eq!(seen, [0], "seed {seed}"),
                    Step::Complete => {
                        assert!(seen == [0, 1] || seen == [1], "seed {seed}: {seen:?}");
                        break;
                    }
                    Step::Abort => break,
                }
            }
        }
    }
}
