//! The moment at which a long-polling client learns that it is connected: another thread may take the reply from the
//! queue and answer the poll while `accept` is still running.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Mutex, OnceLock, Weak};
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use http::Request;

use super::super::SharedConnection;
use super::*;
use crate::adapter::Target;
use crate::engine::handshake::Handshake;
use crate::engine::revision::Revision;
use crate::engine::session::Session;
use crate::engine::state::{PollAnswer, QueueLimits};
use crate::namespace::broadcast::Delivery;
use crate::namespace::namespace_state::NamespaceState;
use crate::namespace::recovery::{Recovery, Store};
use crate::observe;
use crate::protocol::encode::Encoded;

const LIMITS: QueueLimits = QueueLimits { bytes: 1 << 20, packets: 10_000 };

fn namespace() -> Arc<NamespaceState> {
    Arc::new(NamespaceState::new("/".into(), Weak::<()>::new(), Arc::new(()), None, observe::Namespace::new("/", &[])))
}

fn connection() -> Arc<SharedConnection> {
    let handshake = Handshake::new(&Request::new(()).into_parts().0, None);
    let observed = observe::Server::new().connection();
    let session = Session::new("secret".to_owned(), Revision::Four, handshake, false, LIMITS, observed);
    Arc::new(SharedConnection {
        session: Arc::new(session),
        closing: AtomicBool::new(false),
        concurrent: AtomicUsize::new(0),
    })
}

fn socket(namespace: &Arc<NamespaceState>) -> Arc<SocketInner> {
    Arc::new(SocketInner::new("me".into(), namespace.clone(), connection(), Arc::default(), None, None))
}

fn event(namespace: &NamespaceState, name: &str) -> Encoded {
    namespace.event(name, &()).unwrap()
}

fn broadcast(namespace: &NamespaceState, name: &str) -> Delivery {
    namespace.broadcast(&Target::default(), None, &event(namespace, name), false)
}

/// Returns the packets in the response to a poll.
fn poll(session: &Session, waker: &Waker) -> Poll<Vec<String>> {
    let response = session.state().poll_get(waker);
    response.map(|response| match response {
        PollAnswer::Packets(packets) => {
            packets.payloads().map(|(_, payload)| String::from_utf8(payload[1..].to_vec()).unwrap()).collect()
        }
        other => panic!("{other:?}"),
    })
}

/// A polling client. Its waker polls at once, instead of waking a request's task.
struct Client<F> {
    session: Arc<Session>,
    response: OnceLock<Vec<String>>,
    /// Called as soon as the client has its response, to act for another thread.
    then: F,
}

impl<F: Fn() + Send + Sync + 'static> Client<F> {
    fn polls(session: &Arc<Session>, then: F) -> Arc<Self> {
        let client = Arc::new(Self { session: session.clone(), response: OnceLock::new(), then });
        session.state().begin_get().unwrap();
        assert!(poll(session, &Waker::from(client.clone())).is_pending());
        client
    }

    fn response(&self) -> &[String] {
        self.response.get().expect("a response")
    }
}

impl<F: Fn() + Send + Sync + 'static> Wake for Client<F> {
    fn wake(self: Arc<Self>) {
        if let Poll::Ready(response) = poll(&self.session, Waker::noop()) {
            self.response.set(response).expect("it polls once");
            (self.then)();
        }
    }
}

/// Polls until there are packets, and returns them.
fn next(session: &Session) -> Vec<String> {
    session.state().begin_get().unwrap();
    loop {
        match poll(session, Waker::noop()) {
            Poll::Ready(response) => return response,
            Poll::Pending => thread::yield_now(),
        }
    }
}

#[test]
fn client_with_connect_reply_receives_broadcasts() {
    let namespace = namespace();
    let socket = socket(&namespace);
    let session = &socket.connection.session;
    let delivery = Arc::new(Mutex::new(None));
    let client = Client::polls(session, {
        let (namespace, delivery) = (namespace.clone(), delivery.clone());
        move || *lock(&delivery) = Some(broadcast(&namespace, "news"))
    });
    assert_eq!(broadcast(&namespace, "early"), Delivery { sent: 0, failed: 0 });
    socket.emit(&event(&namespace, "held"), false).unwrap();
    socket.accept(Arc::new(()));
    assert_eq!(*lock(&delivery), Some(Delivery { sent: 1, failed: 0 }));
    assert_eq!(client.response(), [r#"0{"sid":"me"}"#, r#"2["held"]"#]);
    assert_eq!(next(session), [r#"2["news"]"#]);
}

#[tokio::test]
async fn connect_reply_is_followed_by_missed_packets() {
    let namespace = namespace();
    namespace.enable_recovery(&Arc::new(Store::new(Recovery::new(), Duration::ZERO, LIMITS)), 0);
    let namespace_log = namespace.namespace_log().unwrap();
    let first = namespace_log.create_socket(&namespace, connection(), Arc::default(), None);
    first.accept(Arc::new(()));
    let reply = next(&first.connection.session).remove(0);
    let reply: serde_json::Value = serde_json::from_str(&reply[1..]).unwrap();
    assert!(first.disconnect_now(DisconnectReason::TransportClose));
    broadcast(&namespace, "missed");

    let auth = format!(r#"{{"pid":{}}}"#, reply["pid"]);
    let second = namespace_log.create_socket(&namespace, connection(), Arc::default(), Some(&auth));
    assert!(second.is_recovered());
    let client = Client::polls(&second.connection.session, || {});
    second.emit(&event(&namespace, "held"), false).unwrap();
    second.accept(Arc::new(()));
    let prefixes: Vec<_> = client.response().iter().map(|packet| packet.split(['{', ',']).next().unwrap()).collect();
    assert_eq!(prefixes, ["0", r#"2["missed""#, r#"2["held""#]);
}

#[test]
fn connect_reply_and_connected_state_are_visible_together() {
    for _ in 0..500 {
        let socket = socket(&namespace());
        socket.connection.session.state().begin_get().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| socket.accept(Arc::new(())));
            loop {
                let mut state = socket.connection.session.state();
                let is_connected = socket.is_connected();
                assert_eq!(state.poll_get(Waker::noop()).is_ready(), is_connected);
                if is_connected {
                    break;
                }
                drop(state);
                thread::yield_now();
            }
        });
    }
}

#[test]
fn packets_emitted_while_connecting_follow_reply_in_order() {
    const PENDING: usize = 1000;
    const TOTAL: usize = PENDING + 10;
    for _ in 0..50 {
        let namespace = namespace();
        let socket = socket(&namespace);
        let emit = |number: usize| socket.emit(&event(&namespace, &number.to_string()), false).unwrap();
        (0..PENDING).for_each(emit);
        let mut received = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| socket.accept(Arc::new(())));
            scope.spawn(|| (PENDING..TOTAL).for_each(emit));
            received.append(&mut next(&socket.connection.session));
            assert_eq!(broadcast(&namespace, "news"), Delivery { sent: 1, failed: 0 });
            while received.len() < 1 + TOTAL + 1 {
                received.append(&mut next(&socket.connection.session));
            }
        });
        assert_eq!(received.remove(0), r#"0{"sid":"me"}"#);
        received.retain(|packet| packet != r#"2["news"]"#);
        assert!(received.into_iter().eq((0..TOTAL).map(|number| format!(r#"2["{number}"]"#))));
    }
}

/// Two connections claim the same socket while it is disconnected and while broadcasts are sent.
#[tokio::test]
async fn concurrent_recoveries_have_one_winner_without_gaps() {
    const SENT: usize = 20;
    let namespace = namespace();
    namespace.enable_recovery(&Arc::new(Store::new(Recovery::new(), Duration::ZERO, LIMITS)), 0);
    let namespace_log = namespace.namespace_log().unwrap();
    let open = |auth: Option<&str>| namespace_log.create_socket(&namespace, connection(), Arc::default(), auth);
    for round in 0..200 {
        let first = open(None);
        first.accept(Arc::new(()));
        let reply: serde_json::Value = serde_json::from_str(&next(&first.connection.session)[0][1..]).unwrap();
        let auth = format!(r#"{{"pid":{}}}"#, reply["pid"]);
        let recover = || {
            let socket = open(Some(&auth));
            socket.accept(Arc::new(()));
            socket
        };
        let recovered = thread::scope(|scope| {
            let recovered = [scope.spawn(recover), scope.spawn(recover)];
            scope.spawn(|| {
                for number in 0..SENT {
                    broadcast(&namespace, &number.to_string());
                }
            });
            if round % 2 == 0 {
                scope.spawn(|| first.disconnect_now(DisconnectReason::TransportClose));
            }
            recovered.map(|recover| recover.join().unwrap())
        });
        assert!(first.is_disconnected());
        let winners: Vec<_> =
            recovered.iter().filter(|socket| socket.id() == first.id() && !socket.is_disconnected()).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let winner = winners[0];
        assert!(winner.is_recovered() && winner.is_connected());
        assert!(namespace.socket(first.id()).is_some_and(|socket| Arc::ptr_eq(&socket, winner)));
        broadcast(&namespace, "last");
        let mut received = Vec::new();
        while received.len() < 1 + SENT + 1 {
            received.append(&mut next(&winner.connection.session));
        }
        let names = received[1..].iter().map(|packet| packet.split('"').nth(1).unwrap().to_owned());
        assert!(names.eq((0..SENT).map(|number| number.to_string()).chain(["last".to_owned()])), "{received:?}");
        for socket in &recovered {
            socket.disconnect_now(DisconnectReason::ClientNamespaceDisconnect);
        }
    }
}

#[tokio::test]
async fn socket_disconnected_by_server_is_not_recovered() {
    let namespace = namespace();
    namespace.enable_recovery(&Arc::new(Store::new(Recovery::new(), Duration::ZERO, LIMITS)), 0);
    let namespace_log = namespace.namespace_log().unwrap();
    let first = namespace_log.create_socket(&namespace, connection(), Arc::default(), None);
    first.accept(Arc::new(()));
    let reply: serde_json::Value = serde_json::from_str(&next(&first.connection.session)[0][1..]).unwrap();
    first.disconnect();
    let auth = format!(r#"{{"pid":{}}}"#, reply["pid"]);
    let second = namespace_log.create_socket(&namespace, connection(), Arc::default(), Some(&auth));
    assert!(!second.is_recovered());
    assert_eq!(first.connection.session.state().closed(), None);
}
