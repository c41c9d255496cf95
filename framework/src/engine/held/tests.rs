//! Which task or thread flushes collected packets, and when.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use http::Request;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Mutex, MutexGuard};

use super::*;
use crate::engine::close::CloseReason;
use crate::engine::frame::Frame;
use crate::engine::handshake::Handshake;
use crate::engine::outbox::Outbox;
use crate::engine::revision::Revision;
use crate::engine::state::{PushError, QueueLimits};
use crate::engine::websocket::Writer;
use crate::observe;

const SMALL: u32 = 4096;

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A session whose task is asleep, with the peer's end of its connection.
struct Resting {
    session: Arc<Session>,
    peer: TcpStream,
    wakes: Arc<Wakes>,
}

impl Resting {
    async fn new() -> Self {
        Self::of(Revision::Four).await
    }

    async fn of(revision: Revision) -> Self {
        // Small buffers, so that the kernel accepts little at a time.
        let sockets = [TcpSocket::new_v4().unwrap(), TcpSocket::new_v4().unwrap()];
        sockets.iter().for_each(|socket| socket.set_send_buffer_size(SMALL).unwrap());
        sockets.iter().for_each(|socket| socket.set_recv_buffer_size(SMALL).unwrap());
        let [client, server] = sockets;
        server.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = server.listen(1).unwrap();
        let stream = client.connect(listener.local_addr().unwrap()).await.unwrap();
        let (peer, _) = listener.accept().await.unwrap();
        let handshake = Handshake::new(&Request::new(()).into_parts().0, None);
        let limits = QueueLimits { bytes: 1 << 20, packets: 1000 };
        let observed = observe::Server::new().connection();
        let session = Arc::new(Session::new("id".to_owned(), revision, handshake, true, limits, observed));
        let wakes = Arc::new(Wakes::default());
        {
            let mut state = session.state();
            // These tests do not read, so the reading half is dropped.
            state.set_writer(Some(Writer::new(stream.into_split().1)));
            state.set_waker(Some(Waker::from(wakes.clone())));
            state.begin_turn(false);
            assert!(state.sleep(false));
        }
        Self { session, peer, wakes }
    }

    fn emit(&self, frame: &Frame) {
        self.session.push_held(frame, &[], false).unwrap();
    }

    fn waiting(&self) -> usize {
        self.session.state().backlog()
    }

    fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::Relaxed)
    }

    async fn receives(&mut self, expected: &[u8]) {
        let mut received = vec![0; expected.len()];
        self.peer.read_exact(&mut received).await.unwrap();
        assert!(received == expected);
    }
}

#[tokio::test]
async fn a_turn_sends_what_it_has_queued_when_it_ends() {
    let mut one = Resting::new().await;
    let frames = [Frame::text(b"41"), Frame::binary(&[7; 600]).for_many(), Frame::text(b"42")];
    for _ in 0..2 {
        let turn = begin();
        frames.iter().for_each(|frame| one.emit(frame));
        assert_eq!(one.waiting(), frames.iter().map(Frame::len).sum::<usize>());
        drop(turn);
        assert_eq!((one.waiting(), one.wakes()), (0, 0));
        one.receives(&frames.each_ref().map(Frame::bytes).concat()).await;
    }
    one.emit(&frames[0]);
    assert_eq!(one.wakes(), 1, "outside of a turn, the task sends");
}

#[tokio::test]
async fn what_a_socket_does_not_take_is_left_to_the_task_and_completed_after_the_end() {
    let mut one = Resting::new().await;
    let (large, next) = (Frame::binary(&[7; 250_000]), Frame::text(b"4"));
    let turn = begin();
    one.emit(&large);
    one.emit(&next);
    drop(turn);
    assert_eq!(one.wakes(), 1);
    let sent = large.len() + next.len() - one.waiting();
    assert!((1..large.len()).contains(&sent), "sent {sent}");
    one.session.end(CloseReason::Forced);
    let mut rest = Outbox::default();
    one.session.state().take_queue(&mut rest);
    rest.keep_begun();
    assert_eq!(rest.bytes(), large.len() - sent);
    let mut slices = [std::io::IoSlice::new(&[])];
    assert_eq!(rest.slices(&mut slices), 1);
    assert!(slices[0][..] == large.bytes()[sent..]);
    one.receives(&large.bytes()[..sent]).await;
}

#[tokio::test]
async fn the_task_sends_where_others_cannot() {
    let unreachable = Resting::new().await;
    unreachable.session.state().set_writer(None);
    let watched = Resting::new().await;
    watched.session.watch.on_sent(Arc::new(|_| {}));
    let mut all = vec![unreachable, watched];
    if cfg!(feature = "eio3") {
        all.push(Resting::of(Revision::Three { base64: false }).await);
    }
    let (turn, frame) = (begin(), Frame::text(b"4"));
    all.iter().for_each(|one| one.emit(&frame));
    drop(turn);
    for one in &all {
        assert_eq!((one.wakes(), one.waiting()), (1, frame.len()));
    }
}

#[tokio::test]
async fn what_is_not_for_many_wakes_the_task_at_once() {
    let one = Resting::new().await;
    let turn = begin();
    one.emit(&Frame::text(b"41"));
    one.session.push(&Frame::text(b"42"), &[], false).unwrap();
    assert_eq!(one.wakes(), 1);
    drop(turn);
    assert_eq!((one.wakes(), one.waiting()), (1, 8), "the task has both");
}

#[tokio::test]
async fn what_is_too_much_does_not_wait_for_the_end_of_the_turn() {
    let one = Resting::new().await;
    let turn = begin();
    while !one.session.holds_input() {
        assert_eq!(one.wakes(), 0);
        one.emit(&Frame::text(b"4"));
    }
    assert_eq!(one.wakes(), 1);
    drop(turn);
    assert_eq!(one.wakes(), 1);
}

/// A handler that computes for long delays only its own packets, not those of others.
#[tokio::test]
async fn of_two_that_hold_the_first_to_end_sends() {
    let mut one = Resting::new().await;
    let slow = begin();
    one.emit(&Frame::text(b"41"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let turn = begin();
            one.emit(&Frame::text(b"42"));
            drop(turn);
            assert_eq!(one.waiting(), 0);
        });
    });
    one.receives(b"\x81\x0241\x81\x0242").await;
    one.emit(&Frame::text(b"43"));
    drop(slow);
    one.receives(b"\x81\x0243").await;
    assert_eq!((one.waiting(), one.wakes()), (0, 0));
}

/// A volatile packet is dropped if the same run has already collected packets for the session, or if its task has been
/// woken.
#[tokio::test]
async fn what_another_turn_holds_is_no_reason_to_drop() {
    let mut one = Resting::new().await;
    let volatile = |text: &[u8]| one.session.push_held(&Frame::text(text), &[], true);
    let slow = begin();
    one.emit(&Frame::text(b"41"));
    assert_eq!(volatile(b"no"), Err(PushError::Dropped));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let turn = begin();
            assert_eq!(volatile(b"42"), Ok(()));
            assert_eq!(volatile(b"no"), Err(PushError::Dropped));
            drop(turn);
            assert_eq!((one.waiting(), one.wakes()), (0, 0));
        });
    });
    drop(slow);
    let slow = begin();
    one.emit(&Frame::text(b"43"));
    let outside = || one.session.push(&Frame::text(b"44"), &[], true);
    std::thread::scope(|scope| scope.spawn(|| assert_eq!(outside(), Ok(()))).join()).unwrap();
    assert_eq!(one.wakes(), 1);
    assert_eq!(outside(), Err(PushError::Dropped));
    drop(slow);
    one.receives(b"\x81\x0241\x81\x0242").await;
}

#[tokio::test]
async fn a_turn_within_another_loses_nothing_of_either() {
    let mut both = [Resting::new().await, Resting::new().await];
    for inner in 0..2 {
        let outer = begin();
        both[0].emit(&Frame::text(b"41"));
        let within = begin();
        both[inner].emit(&Frame::text(b"42"));
        drop(within);
        both[1].emit(&Frame::text(b"43"));
        drop(outer);
        assert_eq!(both.each_ref().map(|one| (one.waiting(), one.wakes())), [(0, 0); 2]);
        for one in &mut both {
            let length = one.peer.read(&mut [0; 100]).await.unwrap();
            assert!(length > 0);
        }
    }
}

/// Runs one test at a time, because each opens half as many files as most systems allow.
async fn more_than_a_turn_sends_to() -> (MutexGuard<'static, ()>, Vec<Resting>) {
    static ALONE: Mutex<()> = Mutex::const_new(());
    let alone = ALONE.lock().await;
    let mut all = Vec::new();
    for _ in 0..2 * MOST_SENT + 3 {
        all.push(Resting::new().await);
    }
    (alone, all)
}

#[tokio::test]
async fn a_turn_sends_to_so_many_and_tasks_to_the_rest() {
    let (_alone, mut all) = more_than_a_turn_sends_to().await;
    let turn = begin();
    all.iter().for_each(|one| one.emit(&Frame::text(b"41")));
    drop(turn);
    let waiting: Vec<_> = all.iter().map(|one| one.waiting() > 0).collect();
    assert_eq!(waiting, [vec![false; MOST_SENT], vec![true; MOST_SENT + 3]].concat());
    // Packets queued before the spawned task runs are flushed with the others.
    let turn = begin();
    all[MOST_SENT].emit(&Frame::text(b"42"));
    drop(turn);
    all[MOST_SENT].receives(b"\x81\x0241\x81\x0242").await;
    for one in &mut all[MOST_SENT + 1..] {
        one.receives(b"\x81\x0241").await;
    }
    assert!(all.iter().all(|one| (one.waiting(), one.wakes()) == (0, 0)));
}

#[tokio::test]
async fn where_no_task_can_send_all_are_woken() {
    let (_alone, all) = more_than_a_turn_sends_to().await;
    let all = Arc::new(all);
    let queue = |all: &[Resting]| {
        let turn = begin();
        all.iter().for_each(|one| one.emit(&Frame::text(b"4")));
        drop(turn);
    };
    // On a thread without a runtime.
    std::thread::scope(|scope| {
        scope.spawn(|| queue(&all[..MOST_SENT + 1]));
    });
    assert_eq!(all[MOST_SENT].wakes(), 1);
    // On a runtime that shuts down before its tasks run.
    let shared = all.clone();
    std::thread::spawn(move || {
        let ended = tokio::runtime::Builder::new_current_thread().build().unwrap();
        ended.block_on(async { queue(&shared[MOST_SENT + 1..]) });
        drop(ended);
        let wakes: Vec<_> = shared[MOST_SENT + 1..].iter().map(Resting::wakes).collect();
        assert_eq!(wakes, [vec![0; MOST_SENT], vec![1; 2]].concat());
    })
    .join()
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn outside_of_a_turn_tasks_send() {
    let mut one = Resting::new().await;
    let outside = Outside::begin().expect("there is a runtime, and no turn");
    one.emit(&Frame::text(b"41"));
    assert!(Outside::begin().is_none(), "what is within it belongs to it");
    drop(outside);
    one.receives(b"\x81\x0241").await;
    assert_eq!((one.waiting(), one.wakes()), (0, 0));
    assert!(!is_possible());
}

#[tokio::test]
async fn nothing_is_left_to_tasks_that_may_never_run() {
    assert!(Outside::begin().is_none(), "whoever blocks on this runtime may have done so for the last time");
    std::thread::spawn(|| assert!(Outside::begin().is_none())).join().unwrap();
    let _turn = begin();
    assert!(Outside::begin().is_none(), "the turn sends");
}
