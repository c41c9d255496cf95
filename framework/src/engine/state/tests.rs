//! Tests of the state machine: single inputs and random schedules.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;

const LIMITS: QueueLimits = QueueLimits { bytes: 1 << 20, packets: 1000 };

fn frame(number: u32) -> Frame {
    Frame::text(format!("4{number}").as_bytes())
}

fn numbers(frames: &Outbox) -> Vec<u32> {
    frames.payloads().map(|(_, payload)| std::str::from_utf8(&payload[1..]).unwrap().parse().unwrap()).collect()
}

#[test]
fn a_second_poll_ends_the_session_and_the_first_is_told() {
    let mut state = State::new(false, LIMITS);
    state.begin_get().unwrap();
    assert!(state.poll_get(Waker::noop()).is_pending());
    assert_eq!(state.begin_get(), Err(Refusal::Overlap));
    assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::Close)));
    assert_eq!(state.closed(), Some(CloseReason::TransportError("overlap from client")));
}

#[test]
fn a_close_without_a_poll_waits_for_the_next_one() {
    let mut state = State::new(false, LIMITS);
    state.push(&frame(1), &[], false).unwrap();
    state.close();
    assert_eq!(state.push(&frame(2), &[], false).err(), Some(PushError::Closed));
    state.begin_get().unwrap();
    assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::Packets(_))));
    assert_eq!(state.closed(), None);
    state.begin_get().unwrap();
    assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::NoopAndClose)));
    assert_eq!(state.closed(), Some(CloseReason::Forced));
}

#[test]
fn an_upgrade_answers_the_poll_that_it_finds_twice() {
    let mut state = State::new(false, LIMITS);
    state.begin_upgrade().unwrap();
    for _ in 0..2 {
        state.hurry_poll();
        state.begin_get().unwrap();
        state.hurry_poll();
        assert!(state.poll_get(Waker::noop()).is_pending());
        state.hurry_poll();
        assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::Noop)));
    }
    // Packets have priority.
    state.begin_get().unwrap();
    state.push(&frame(1), &[], false).unwrap();
    state.hurry_poll();
    state.hurry_poll();
    let Poll::Ready(PollAnswer::Packets(packets)) = state.poll_get(Waker::noop()) else { panic!("no packets") };
    assert_eq!(numbers(&packets), [1]);
}

/// Counts how often a request was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A session whose payload is about to be handled, with the wakers of its poll and its POST.
fn posted() -> (State, [Arc<Woken>; 2]) {
    let mut state = State::new(false, LIMITS);
    let [poll, post] = [(); 2].map(|()| Arc::<Woken>::default());
    state.begin_get().unwrap();
    assert!(state.poll_get(&poll.clone().into()).is_pending());
    state.begin_post().unwrap();
    state.posted(Body::four("4x".to_owned()));
    assert!(state.poll_post(&post.clone().into()).is_pending());
    assert!(matches!(state.begin_turn(false), Turn::Posted { .. }));
    assert!(state.push(&frame(1), &[], false).unwrap().is_none(), "the poll is not woken");
    (state, [poll, post])
}

#[test]
fn a_post_is_answered_before_the_poll_that_its_packets_answer() {
    let (mut state, [poll, post]) = posted();
    state.finish_post();
    assert_eq!((post.count(), poll.count()), (1, 0));
    assert!(state.poll_post(Waker::noop()).is_ready());
    assert_eq!(poll.count(), 1);
    assert!(state.poll_get(Waker::noop()).is_ready());
    // The next packet does not wait for a POST.
    state.begin_get().unwrap();
    assert!(state.poll_get(&poll.into()).is_pending());
    assert!(state.push(&frame(2), &[], false).unwrap().is_some());
}

#[test]
fn a_poll_does_not_wait_for_a_payload_that_waits_for_room() {
    let (mut state, [poll, post]) = posted();
    state.release_polls();
    assert_eq!((post.count(), poll.count()), (0, 1));
    assert!(state.poll_get(Waker::noop()).is_ready());
}

#[test]
fn a_reader_over_the_bound_is_closed() {
    let mut state = State::new(true, QueueLimits { bytes: 10, packets: 100 });
    state.push(&Frame::text(&[b'4'; 100]), &[], false).expect("the first packet always fits");
    assert_eq!(state.push(&frame(1), &[], false).err(), Some(PushError::Full));
    assert_eq!(state.closed(), Some(CloseReason::SlowReader));
}

#[test]
fn volatile_packets_go_only_to_a_ready_transport() {
    let mut state = State::new(false, LIMITS);
    assert_eq!(state.push(&frame(1), &[], true).err(), Some(PushError::Dropped));
    state.begin_get().unwrap();
    assert!(state.push(&frame(2), &[], true).is_ok());
    assert_eq!(state.push(&frame(3), &[], true).err(), Some(PushError::Dropped));
}

#[test]
fn a_large_answer_counts_until_it_has_left() {
    let mut state = State::new(false, QueueLimits { bytes: 100_000, packets: 1000 });
    let large = Frame::text(&[b'4'; 40_000]);
    state.push(&large, &[], false).unwrap();
    state.begin_get().unwrap();
    assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::Packets(_))));
    assert!(state.is_delivering());
    assert!(state.deliver(&[b'4'; 40_000]));
    // The next poll waits although packets are queued, and volatile packets are dropped.
    state.push(&large, &[], false).unwrap();
    state.begin_get().unwrap();
    assert!(state.poll_get(Waker::noop()).is_pending());
    assert_eq!(state.push(&frame(1), &[], true).err(), Some(PushError::Dropped));
    let pieces: Vec<_> = std::iter::from_fn(|| state.take_piece()).collect();
    assert_eq!(pieces.concat(), [b'4'; 40_000]);
    assert!(state.poll_get(Waker::noop()).is_pending(), "the connection still has the last piece");
    state.end_delivery();
    assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::Packets(_))));
    // 40,000 bytes are being delivered again: one more packet fits, two do not.
    state.push(&large, &[], false).unwrap();
    assert_eq!(state.push(&large, &[], false).err(), Some(PushError::Full));
    assert!(!state.deliver(&[b'4'; 40_000]), "the session has ended");
}

#[test]
fn a_close_waits_for_the_answer_that_is_on_its_way() {
    let mut state = State::new(false, LIMITS);
    state.push(&Frame::text(&[b'4'; 40_000]), &[], false).unwrap();
    state.begin_get().unwrap();
    assert!(state.poll_get(Waker::noop()).is_ready());
    assert!(state.deliver(b"4"));
    state.begin_get().unwrap();
    state.close();
    assert_eq!(state.closed(), None);
    assert!(state.take_piece().is_some());
    state.end_delivery();
    assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::Close)));
    assert_eq!(state.closed(), Some(CloseReason::Forced));
}

#[test]
fn a_body_under_way_ends_with_its_session_and_a_complete_one_is_answered() {
    for complete in [false, true] {
        let mut state = State::new(false, LIMITS);
        state.begin_post().unwrap();
        if complete {
            state.posted(Body::four("40".to_owned()));
        }
        state.end(CloseReason::ShuttingDown);
        state.finish_post();
        assert_eq!(state.poll_destroyed(Waker::noop()).is_ready(), !complete);
        let outcome = if complete { PostOutcome::Processed } else { PostOutcome::Destroyed };
        assert_eq!(state.poll_post(Waker::noop()), Poll::Ready(outcome));
    }
}

#[test]
fn a_task_that_holds_a_payload_gets_no_other() {
    let mut state = State::new(false, LIMITS);
    state.begin_post().unwrap();
    state.posted(Body::four("40".to_owned()));
    assert!(matches!(state.begin_turn(true), Turn::Plain));
    assert!(matches!(state.begin_turn(false), Turn::Posted { .. }));
}

/// For any order of requests, emits, upgrades and closes: each frame is sent once and in order, over either transport;
/// every request is answered; nothing happens after the end.
#[test]
fn any_schedule_keeps_order_and_answers_everybody() {
    for seed in 0..2000 {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut state = State::new(false, LIMITS);
        let (mut sent, mut received) = (0, Vec::new());
        let (mut polling, mut upgraded) = (false, false);
        for _ in 0..60 {
            match random.random_range(0..12) {
                0..=3 => match state.push(&frame(sent), &[], false) {
                    Ok(_) => sent += 1,
                    Err(e) => assert!(e == PushError::Closed, "seed {seed}: {e:?}"),
                },
                4 | 5 if !polling => match state.begin_get() {
                    Ok(()) => polling = true,
                    Err(Refusal::Gone) => assert!(state.closed().is_some(), "seed {seed}"),
                    Err(Refusal::OtherTransport) => assert!(upgraded, "seed {seed}"),
                    Err(other) => panic!("seed {seed}: {other:?}, and no poll was pending"),
                },
                6 => {
                    let _ = state.begin_upgrade();
                }
                7 => (0..2).for_each(|_| state.hurry_poll()),
                8 => state.abort_upgrade(),
                9 => upgraded |= state.complete_upgrade(),
                10 if upgraded && state.closed().is_none() => {
                    let mut writing = Outbox::default();
                    state.take_queue(&mut writing);
                    received.extend(numbers(&writing));
                }
                11 if random.random_range(0..6) == 0 => state.close(),
                _ => {}
            }
            if polling && let Poll::Ready(answer) = state.poll_get(Waker::noop()) {
                polling = false;
                match answer {
                    PollAnswer::Packets(frames) => received.extend(numbers(&frames)),
                    PollAnswer::Noop => assert!(state.closed().is_none(), "seed {seed}"),
                    PollAnswer::Close => assert!(state.closed().is_some(), "seed {seed}"),
                    PollAnswer::NoopAndClose => assert!(state.closed().is_some(), "seed {seed}"),
                }
            }
            assert!(!(polling && upgraded), "seed {seed}: a poll outlived the upgrade");
        }
        if state.closed().is_none() {
            if upgraded {
                let mut writing = Outbox::default();
                state.take_queue(&mut writing);
                received.extend(numbers(&writing));
            } else {
                received.extend(numbers(&state.queue));
            }
            assert_eq!(received.len(), sent as usize, "seed {seed}: something was lost");
        }
        assert_eq!(received, (0..received.len() as u32).collect::<Vec<_>>(), "seed {seed}: out of order");
    }
}
