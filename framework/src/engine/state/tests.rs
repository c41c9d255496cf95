//! The state under single inputs, and under any schedule of them.

use std::task::Poll;

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
fn a_limited_number_of_polls_is_answered_at_once_after_the_probe() {
    let mut state = State::new(false, LIMITS);
    let polls_until_one_waits = |state: &mut State| {
        (0..100).find(|_| {
            state.begin_get().unwrap();
            state.poll_get(Waker::noop()).is_pending()
        })
    };
    assert_eq!(polls_until_one_waits(&mut state), Some(0));
    state.begin_upgrade().unwrap();
    state.answer_polls_at_once();
    assert!(matches!(state.poll_get(Waker::noop()), Poll::Ready(PollAnswer::Noop)), "the poll that waited");
    assert_eq!(polls_until_one_waits(&mut state), Some(8));
    // The next upgrade is another one.
    state.hurry_poll();
    assert!(state.poll_get(Waker::noop()).is_ready());
    state.abort_upgrade();
    state.begin_upgrade().unwrap();
    assert_eq!(polls_until_one_waits(&mut state), Some(0));
}

#[test]
fn what_is_queued_comes_before_an_answer_at_once() {
    let mut state = State::new(false, LIMITS);
    state.begin_upgrade().unwrap();
    state.answer_polls_at_once();
    state.push(&frame(1), &[], false).unwrap();
    state.begin_get().unwrap();
    let Poll::Ready(PollAnswer::Packets(packets)) = state.poll_get(Waker::noop()) else { panic!("no packets") };
    assert_eq!(numbers(&packets), [1]);
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

/// Requests, emits, upgrades and closes in any order: frames leave once, in order, by whatever
/// carrier; every request gets an answer; nothing happens after the end.
#[test]
fn any_schedule_keeps_order_and_answers_everybody() {
    for seed in 0..2000 {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut state = State::new(false, LIMITS);
        let (mut sent, mut received) = (0, Vec::new());
        let (mut polling, mut upgraded) = (false, false);
        for _ in 0..60 {
            match random.random_range(0..13) {
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
                7 => state.hurry_poll(),
                8 => state.abort_upgrade(),
                9 => upgraded |= state.complete_upgrade(),
                10 if upgraded && state.closed().is_none() => {
                    let mut writing = Outbox::default();
                    state.take_queue(&mut writing);
                    received.extend(numbers(&writing));
                }
                11 => state.answer_polls_at_once(),
                12 if random.random_range(0..6) == 0 => state.close(),
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
