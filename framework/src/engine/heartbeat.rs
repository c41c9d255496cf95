//! The heartbeat's state machine: when to ping, and when a silent peer is considered gone. It has no clock; callers
//! pass the time.

use std::time::Duration;

use tokio::time::Instant;

/// The heartbeat of one session (Engine.IO protocol, "Heartbeat"): the server pings and the client answers. In revision
/// 3, the client pings.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    interval: Duration,
    timeout: Duration,
    state: State,
    /// The peer has been given one extra timeout because this server was late.
    excused: bool,
}

/// Divisor of the timeout: the peer is excused if the server is later than `timeout / LATE`.
const LATE: u32 = 10;

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// No pong is expected. The next ping is sent at `until`.
    Resting { until: Instant },
    /// A pong is expected by `until`. `extended` is `true` if another packet has extended the deadline.
    Awaiting { until: Instant, extended: bool },
    /// The client's next ping is expected by `until`.
    Listening { until: Instant },
}

/// What to do when the timer fires.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Nothing: the deadline has not passed.
    Early,
    /// Send a ping.
    Ping,
    /// Close the session: the peer timed out.
    TimedOut,
}

impl Heartbeat {
    pub(crate) fn new(interval: Duration, timeout: Duration, now: Instant) -> Self {
        Self { interval, timeout, state: State::Resting { until: now + interval }, excused: false }
    }

    /// The heartbeat of a client that sends the pings, one per interval.
    pub(crate) fn of_client(interval: Duration, timeout: Duration, now: Instant) -> Self {
        Self { interval, timeout, state: State::Listening { until: now + interval + timeout }, excused: false }
    }

    pub(crate) fn deadline(&self) -> Instant {
        match self.state {
            State::Resting { until } | State::Awaiting { until, .. } | State::Listening { until } => until,
        }
    }

    /// Records a ping from the client. As in the reference implementation, no other packet extends the deadline.
    pub(crate) fn ping(&mut self, now: Instant) {
        self.state = State::Listening { until: now + self.interval + self.timeout };
        self.excused = false;
    }

    /// Returns `true` if a pong is expected.
    pub(crate) fn is_awaiting(&self) -> bool {
        matches!(self.state, State::Awaiting { .. })
    }

    /// Records a pong, expected or not.
    pub(crate) fn pong(&mut self, now: Instant) {
        self.state = State::Resting { until: now + self.interval };
        self.excused = false;
    }

    /// Records any other packet. The first one after a ping extends the deadline by one timeout.
    pub(crate) fn other_packet(&mut self, now: Instant) {
        if let State::Awaiting { until, extended: extended @ false } = &mut self.state {
            *until = now + self.timeout;
            *extended = true;
        }
    }

    /// Extends the deadline because the server itself left the peer's pong or ping unread.
    pub(crate) fn excuse(&mut self, now: Instant) {
        if let State::Awaiting { until, .. } | State::Listening { until } = &mut self.state {
            *until = (*until).max(now + self.timeout);
        }
    }

    pub(crate) fn tick(&mut self, now: Instant) -> Beat {
        match self.state {
            _ if now < self.deadline() => Beat::Early,
            State::Resting { .. } => {
                self.state = State::Awaiting { until: now + self.timeout, extended: false };
                Beat::Ping
            }
            // After a stall, all timers are due at once, but the runtime reports received data in batches. The peer's
            // answer may be in a later batch.
            State::Awaiting { until, .. } | State::Listening { until }
                if !self.excused && now >= until + self.timeout / LATE =>
            {
                self.excused = true;
                self.excuse(now);
                Beat::Early
            }
            State::Awaiting { .. } | State::Listening { .. } => Beat::TimedOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    const INTERVAL: Duration = Duration::from_millis(300);
    const TIMEOUT: Duration = Duration::from_millis(200);

    #[test]
    fn pings_then_times_out() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT, start);
        assert_eq!(heartbeat.tick(start + INTERVAL - Duration::from_millis(1)), Beat::Early);
        assert_eq!(heartbeat.tick(start + INTERVAL), Beat::Ping);
        assert_eq!(heartbeat.tick(start + INTERVAL + TIMEOUT), Beat::TimedOut);
    }

    #[test]
    fn a_server_that_is_late_waits_once_more() {
        let start = Instant::now();
        let patience = INTERVAL + TIMEOUT;
        let (mut asking, mut listening) =
            (Heartbeat::new(INTERVAL, TIMEOUT, start), Heartbeat::of_client(INTERVAL, TIMEOUT, start));
        assert_eq!(asking.tick(start + INTERVAL), Beat::Ping);
        let late = start + patience + TIMEOUT / 4;
        for heartbeat in [&mut asking, &mut listening] {
            assert_eq!(heartbeat.tick(late), Beat::Early);
            assert_eq!(heartbeat.deadline(), late + TIMEOUT);
            assert_eq!(heartbeat.tick(late + 2 * TIMEOUT), Beat::TimedOut);
        }
        // A pong resets the excuse: the next ping may be excused again.
        asking.pong(late);
        assert_eq!(asking.tick(late + INTERVAL), Beat::Ping);
        assert_eq!(asking.tick(late + INTERVAL + 2 * TIMEOUT), Beat::Early);
    }

    #[test]
    fn one_other_packet_extends_the_wait_once() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT, start);
        let ping = start + INTERVAL;
        assert_eq!(heartbeat.tick(ping), Beat::Ping);
        heartbeat.other_packet(ping + Duration::from_millis(150));
        heartbeat.other_packet(ping + Duration::from_millis(300));
        assert_eq!(heartbeat.tick(ping + Duration::from_millis(349)), Beat::Early);
        assert_eq!(heartbeat.tick(ping + Duration::from_millis(350)), Beat::TimedOut);
    }

    #[test]
    fn a_client_that_pings_is_listened_to() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::of_client(INTERVAL, TIMEOUT, start);
        let patience = INTERVAL + TIMEOUT;
        let just_before = |time: Instant| time - Duration::from_millis(1);
        assert_eq!(heartbeat.tick(just_before(start + patience)), Beat::Early);
        let pinged = start + INTERVAL;
        heartbeat.ping(pinged);
        heartbeat.other_packet(pinged + TIMEOUT);
        assert_eq!(heartbeat.tick(just_before(pinged + patience)), Beat::Early);
        let excused = pinged + patience;
        heartbeat.excuse(excused);
        assert_eq!(heartbeat.tick(just_before(excused + TIMEOUT)), Beat::Early);
        assert_eq!(heartbeat.tick(excused + TIMEOUT), Beat::TimedOut);
        // An excuse never shortens the deadline.
        heartbeat.ping(excused);
        heartbeat.excuse(excused);
        assert_eq!(heartbeat.deadline(), excused + patience);
    }

    /// For any sequence of calls: there are never two pings without a pong between them; a silent peer times out within
    /// the interval and three timeouts, even if the server checks late; a peer that answers in time never times out.
    #[test]
    fn any_schedule_keeps_the_promises() {
        for seed in 0..500 {
            let mut random = SmallRng::seed_from_u64(seed);
            let start = Instant::now();
            let mut now = start;
            let mut heartbeat = Heartbeat::new(INTERVAL, TIMEOUT, start);
            let (mut pinged_at, mut last_pong, mut ended) = (None, start, false);
            for _ in 0..200 {
                now += Duration::from_millis(random.random_range(0..120));
                match random.random_range(0..4) {
                    0 if !ended => {
                        heartbeat.pong(now);
                        (pinged_at, last_pong) = (None, now);
                    }
                    1 if !ended => heartbeat.other_packet(now),
                    _ => match heartbeat.tick(now) {
                        Beat::Early => {
                            assert!(
                                now < last_pong + INTERVAL + 3 * TIMEOUT + Duration::from_millis(720),
                                "seed {seed}"
                            );
                        }
                        Beat::Ping => {
                            assert_eq!(pinged_at, None, "seed {seed}: pinged twice");
                            assert!(now >= last_pong + INTERVAL, "seed {seed}: pinged early");
                            pinged_at = Some(now);
                        }
                        Beat::TimedOut => {
                            let pinged_at = pinged_at.unwrap_or_else(|| panic!("seed {seed}: timed out unasked"));
                            assert!(now >= pinged_at + TIMEOUT, "seed {seed}: timed out early");
                            ended = true;
                        }
                    },
                }
            }
        }
    }
}
