//! Namespaces with many paths: which namespace a path belongs to, state that its children share, and when children are
//! dropped.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use switchboard::{ConnectRequest, prelude::*};
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::Notify;

use crate::journal::Said;

/// Has a number in its path.
struct Tenant;

#[namespace("/tenant-{id}", params(id: u32), emits(Said), guard(open))]
impl Tenant {
    #[on("where")]
    fn place(&self, socket: &Socket<Self>, Params(id): Params<u32>) -> (String, u32) {
        assert_eq!((socket.params(), socket.namespace().params()), (&*id, &*id));
        (socket.namespace().path().to_owned(), *id)
    }

    #[on("say")]
    fn say(&self, socket: &Socket<Self>, text: String) -> usize {
        socket.namespace().emit(Said(text)).map_or(0, |delivery| delivery.sent)
    }

    #[on("join")]
    fn join(&self, socket: &Socket<Self>, room: String) -> Result<(), JoinError> {
        socket.join(room)
    }

    #[on("tell")]
    fn tell(&self, socket: &Socket<Self>, room: String, text: String) -> usize {
        socket.namespace().to(room).emit(Said(text)).map_or(0, |delivery| delivery.sent)
    }

    #[on("bytes")]
    fn bytes(&self, bytes: bytes::Bytes) -> bytes::Bytes {
        bytes
    }
}

async fn open(Params(id): Params<u32>) -> Result<(), ConnectError> {
    if *id == 13 { Err(ConnectError::new("no such floor")) } else { Ok(()) }
}

/// Accepts the names that are not numbers, and includes the name in its reply.
struct Named;

#[namespace("/tenant-{name}")]
impl Named {
    #[on("where")]
    fn place(&self, Params(name): Params<String>) -> String {
        format!("named {name}")
    }
}

/// Has a fixed path that the patterns also match.
struct First;

#[namespace("/tenant-1")]
impl First {
    #[on("where")]
    fn place(&self) -> &'static str {
        "the first"
    }
}

/// A function decides on its paths.
struct Where {
    left: Arc<Notify>,
}

#[namespace(dynamic, emits(Said))]
impl Where {
    #[on("say")]
    fn say(&self, socket: &Socket<Self>, text: String) -> usize {
        socket.namespace().emit(Said(text)).map_or(0, |delivery| delivery.sent)
    }

    #[on_disconnect]
    fn left(&self) {
        self.left.notify_one();
    }
}

fn tenants() -> Server {
    Server::new().namespace(Tenant).namespace(Named).namespace(First)
}

/// Waits until the server has `count` children of a namespace.
async fn children<N: Namespace>(server: &TestServer, count: usize) {
    let waiting = async {
        while server.handle().children::<N>().len() != count {
            tokio::task::yield_now().await;
        }
    };
    within(format!("having {count} children"), waiting).await;
}

async fn refused(socket: &mut WebSocket, namespace: &str, message: &str) {
    socket.send(&format!("40{namespace},")).await;
    socket.expect_text(&format!(r#"44{namespace},{{"message":"{message}"}}"#)).await;
}

#[tokio::test]
async fn types_and_order_decide_whose_a_path_is() {
    let server = TestServer::start(tenants()).await;
    let mut socket = WebSocket::open(&server).await;
    for (path, answer) in [
        ("/tenant-7", r#"["/tenant-7",7]"#),
        ("/tenant-4294967295", r#"["/tenant-4294967295",4294967295]"#),
        ("/tenant-4294967296", r#""named 4294967296""#),
        ("/tenant-ü ", r#""named ü ""#),
        ("/tenant-1", r#""the first""#),
        ("/tenant-01", r#"["/tenant-01",1]"#),
    ] {
        socket.join(path).await;
        socket.send(&format!(r#"42{path},5["where"]"#)).await;
        socket.expect_text(&format!("43{path},5[{answer}]")).await;
    }
    for path in ["/tenant-", "/tenant", "/tenant-7/", "/Tenant-7", "/x/tenant-7"] {
        refused(&mut socket, path, "Invalid namespace").await;
    }
}

#[tokio::test]
async fn guards_see_the_parameters() {
    let server = TestServer::start(tenants()).await;
    let mut socket = WebSocket::open(&server).await;
    refused(&mut socket, "/tenant-13", "no such floor").await;
    children::<Tenant>(&server, 0).await;
    socket.join("/tenant-14").await;
    children::<Tenant>(&server, 1).await;
}

#[tokio::test]
async fn children_are_apart() {
    let server = TestServer::start(tenants()).await;
    let mut seven = WebSocket::open(&server).await;
    let mut eight = WebSocket::open(&server).await;
    for (socket, path) in [(&mut seven, "/tenant-7"), (&mut eight, "/tenant-8")] {
        socket.join(path).await;
        socket.send(&format!(r#"42{path},0["join","lobby"]"#)).await;
        socket.expect_text(&format!("43{path},0[]")).await;
    }
    for event in [r#"["say","seven"]"#, r#"["tell","lobby","seven"]"#] {
        seven.send(&format!("42/tenant-7,1{event}")).await;
        seven.expect_text(r#"42/tenant-7,["said","seven"]"#).await;
        seven.expect_text("43/tenant-7,1[1]").await;
    }
    // From outside a handler, to all children.
    let delivery = server.handle().children::<Tenant>().emit(Said("all".to_owned())).expect("text");
    assert_eq!((delivery.sent, delivery.failed), (2, 0));
    seven.expect_text(r#"42/tenant-7,["said","all"]"#).await;
    eight.expect_text(r#"42/tenant-8,["said","all"]"#).await;
    // From outside a handler, to one child.
    let tenant = server.handle().namespace_at::<Tenant>("/tenant-8").expect("a tenant");
    tenant.to("lobby").emit(Said("eight".to_owned())).expect("text");
    eight.expect_text(r#"42/tenant-8,["said","eight"]"#).await;
}

/// Replies are correct for paths of any length.
#[tokio::test]
async fn answers_of_long_paths() {
    let server = TestServer::start(tenants()).await;
    let mut socket = WebSocket::open(&server).await;
    for length in [1, 20, 21, 40, 60, 100, 1000, 70_000] {
        let path = format!("/tenant-{}7", "0".repeat(length));
        socket.join(&path).await;
        socket.send(&format!(r#"42{path},18446744073709551615["where"]"#)).await;
        socket.expect_text(&format!(r#"43{path},18446744073709551615[["{path}",7]]"#)).await;
        socket.send(&format!(r#"451-{path},6["bytes",{{"_placeholder":true,"num":0}}]"#)).await;
        socket.send_binary(b"abc").await;
        socket.expect_text(&format!(r#"461-{path},6[{{"_placeholder":true,"num":0}}]"#)).await;
        socket.expect_binary(b"abc").await;
        socket.send(&format!(r#"42{path},7["nothing"]"#)).await;
        socket.expect_text(&format!(r#"43{path},7[{{"error":{{"message":"no handler for `nothing`"}}}}]"#)).await;
    }
}

#[tokio::test]
async fn an_empty_child_is_dropped_and_made_again() {
    let made = Arc::new(Mutex::new(Vec::new()));
    let server = tenants().on_new_namespace({
        let made = made.clone();
        move |path| made.lock().expect("no panic").push(path.to_owned())
    });
    let server = TestServer::start(server).await;
    let mut one = WebSocket::open(&server).await;
    let mut two = WebSocket::open(&server).await;
    one.join("/tenant-7").await;
    two.join("/tenant-7").await;
    one.send("41/tenant-7,").await;
    server.settle().await;
    children::<Tenant>(&server, 1).await;
    drop(two);
    children::<Tenant>(&server, 0).await;
    one.join("/tenant-7").await;
    one.join("/tenant-x").await;
    drop(one);
    server.empty().await;
    children::<Tenant>(&server, 0).await;
    children::<Named>(&server, 0).await;
    assert_eq!(*made.lock().expect("no panic"), ["/tenant-7", "/tenant-7", "/tenant-x"]);
}

#[tokio::test]
async fn a_handle_keeps_its_child() {
    let server = TestServer::start(tenants()).await;
    let tenant = server.handle().namespace_at::<Tenant>("/tenant-7").expect("a tenant");
    for round in 0..3 {
        let mut socket = WebSocket::open(&server).await;
        socket.join("/tenant-7").await;
        tenant.emit(Said(format!("round {round}"))).expect("text");
        socket.expect_text(&format!(r#"42/tenant-7,["said","round {round}"]"#)).await;
        drop(socket);
        server.empty().await;
    }
    assert_eq!((tenant.socket_count(), server.handle().children::<Tenant>().len()), (0, 1));
    drop(tenant);
    assert!(server.handle().children::<Tenant>().is_empty());
    for path in ["/tenant-1", "/tenant-x", "/", "tenant-7"] {
        assert!(server.handle().namespace_at::<Tenant>(path).is_none(), "{path}");
    }
}

#[tokio::test]
async fn children_may_stay() {
    let server = TestServer::start(tenants().cleanup_empty_children(false)).await;
    let mut socket = WebSocket::open(&server).await;
    socket.join("/tenant-7").await;
    drop(socket);
    server.empty().await;
    assert_eq!(server.handle().children::<Tenant>().len(), 1);
}

/// Clients on the same path at the same time receive each other's broadcasts, even if other clients join and leave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_one_path_share_one_child() {
    let made = Arc::new(AtomicUsize::new(0));
    let server = tenants().on_new_namespace({
        let made = made.clone();
        move |_| {
            made.fetch_add(1, Ordering::Relaxed);
        }
    });
    let server = TestServer::start(server).await;
    for round in 0..40 {
        let path = format!("/tenant-{}", 100 + round % 3);
        let enter = || async {
            let mut socket = WebSocket::open(&server).await;
            socket.join(&path).await;
            socket
        };
        // One client leaves at once, so the child may be about to be dropped when the others arrive.
        let fleeting = async {
            let mut socket = enter().await;
            socket.send(&format!("41{path},")).await;
        };
        let ((), mut one, mut two) = tokio::join!(fleeting, enter(), enter());
        one.send(&format!(r#"42{path},["say","{round}"]"#)).await;
        one.expect_text(&format!(r#"42{path},["said","{round}"]"#)).await;
        two.expect_text(&format!(r#"42{path},["said","{round}"]"#)).await;
    }
    server.empty().await;
    children::<Tenant>(&server, 0).await;
    assert!(made.load(Ordering::Relaxed) >= 3);
}

/// A server with a function that accepts paths by the client's `auth`. For one path the function waits for the test.
async fn guarded() -> (TestServer, Arc<Notify>, Arc<Notify>, Arc<AtomicUsize>) {
    let (open, left, asked) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let allows = {
        let (open, asked) = (open.clone(), asked.clone());
        move |client: ConnectRequest| {
            let (open, asked) = (open.clone(), asked.clone());
            async move {
                let counted = Counted::new(asked);
                if client.path() == "/broken" {
                    panic!("no answer (a panic that this test wants)");
                }
                if client.path() == "/slow" {
                    open.notified().await;
                }
                drop(counted);
                client.auth::<Key>().is_ok_and(|key| client.path().ends_with(&key.key))
            }
        }
    };
    let server = Server::new().namespace_where(allows, Where { left: left.clone() }).max_namespaces(3);
    (TestServer::start(server).await, open, left, asked)
}

#[payload]
struct Key {
    key: String,
}

/// Counts the calls of the function that are still pending.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_function_decides_for_every_client() {
    let (server, ..) = guarded().await;
    let mut one = WebSocket::open(&server).await;
    one.send(r#"40/room/a,{"key":"/a"}"#).await;
    assert!(one.next_text().await.starts_with(r#"40/room/a,{"sid":""#));
    // The function also runs if the child exists.
    let mut two = WebSocket::open(&server).await;
    for auth in [r#"{"key":"/b"}"#, r#"{"key":5}"#, ""] {
        two.send(&format!("40/room/a,{auth}")).await;
        two.expect_text(r#"44/room/a,{"message":"Invalid namespace"}"#).await;
    }
    two.send(r#"40/room/a,{"key":"a"}"#).await;
    assert!(two.next_text().await.starts_with(r#"40/room/a,{"sid":""#));
    two.send(r#"42/room/a,["say","hello"]"#).await;
    for socket in [&mut one, &mut two] {
        socket.expect_text(r#"42/room/a,["said","hello"]"#).await;
    }
    let handle = server.handle();
    assert!(handle.namespace_at::<Where>("/room/a").is_some() && handle.namespace_at::<Where>("/room/b").is_none());
}

#[tokio::test]
async fn a_question_that_takes_long_holds_nothing_else_up() {
    let (server, open, ..) = guarded().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40/slow,{"key":"w"}"#).await;
    socket.join("/").await;
    open.notify_one();
    assert!(socket.next_text().await.starts_with(r#"40/slow,{"sid":""#));
    socket.send(r#"42/slow,1["say","now"]"#).await;
    socket.expect_text(r#"42/slow,["said","now"]"#).await;
    socket.expect_text("43/slow,1[1]").await;
}

#[tokio::test]
async fn nothing_may_follow_a_question_that_is_not_answered() {
    let (server, ..) = guarded().await;
    for packet in [r#"42/slow,["say","x"]"#, "43/slow,1[]"] {
        let mut socket = WebSocket::open(&server).await;
        socket.send(r#"40/slow,{"key":"w"}"#).await;
        socket.send(packet).await;
        socket.expect_close(None).await;
    }
}

#[tokio::test]
async fn a_question_ends_with_its_client() {
    let (server, _open, _, asked) = guarded().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40/slow,{"key":"w"}"#).await;
    server.settle().await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    drop(socket);
    server.empty().await;
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_question_counts_as_a_namespace() {
    let (server, ..) = guarded().await;
    let mut socket = WebSocket::open(&server).await;
    socket.join("/").await;
    socket.send(r#"40/a,{"key":"a"}"#).await;
    assert!(socket.next_text().await.starts_with("40/a,"));
    socket.send(r#"40/slow,{"key":"w"}"#).await;
    refused(&mut socket, "/b", "too many namespaces").await;
}

#[tokio::test]
async fn a_question_that_panics_is_a_refusal() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hook = {
        let told = told.clone();
        move |error: &switchboard::HandlerError| told.lock().expect("no panic").push(error.to_string())
    };
    let allows = |_: ConnectRequest| async { panic!("no answer (a panic that this test wants)") };
    let options = Server::new().namespace_where(allows, Where { left: Arc::default() }).on_error(hook);
    let server = TestServer::start(options).await;
    let mut socket = WebSocket::open(&server).await;
    refused(&mut socket, "/broken", "internal error").await;
    socket.join("/").await;
    let told = told.lock().expect("no panic");
    assert!(told.len() == 1 && told[0].contains("`/broken`") && told[0].contains("no answer"), "{told:?}");
}

#[tokio::test]
async fn a_child_that_was_left_can_be_entered_at_once() {
    let (server, _, left, _) = guarded().await;
    let mut socket = WebSocket::open(&server).await;
    for _ in 0..5 {
        socket.send(r#"40/a,{"key":"a"}"#).await;
        assert!(socket.next_text().await.starts_with("40/a,"));
        socket.send("41/a,").await;
        left.notified().await;
    }
    socket.join("/").await;
}

/// The limit on a connection's `auth` data includes the names of its namespaces.
#[tokio::test]
async fn long_paths_are_bounded() {
    let server = TestServer::start(tenants().max_payload(200)).await;
    let mut socket = WebSocket::open(&server).await;
    for digit in 1..3 {
        socket.join(&format!("/tenant-{digit:090}")).await;
    }
    refused(&mut socket, &format!("/tenant-{:090}", 3), "too much auth").await;
    socket.send(&format!("41/tenant-{:090},", 1)).await;
    children::<Tenant>(&server, 1).await;
    socket.join(&format!("/tenant-{:090}", 3)).await;
}

/// A namespace with a regular expression, whose groups are the parameters.
mod matching {
    use super::*;

    struct Archive;

    #[namespace(dynamic, params(year: u16, month: Month))]
    impl Archive {
        #[on("when")]
        fn when(&self, Params(month): Params<(u16, Month)>) -> (u16, u8) {
            (month.0, month.1.0)
        }
    }

    /// A month, or the whole year.
    struct Month(u8);

    impl std::str::FromStr for Month {
        type Err = std::num::ParseIntError;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            if text.is_empty() { Ok(Self(0)) } else { text.parse().map(Self) }
        }
    }

    #[tokio::test]
    async fn groups_are_parameters() {
        let server = Server::new().namespace_matching(r"^/(\d{1,9})(?:/(\d\d))?$", Archive);
        let server = TestServer::start(server).await;
        let mut socket = WebSocket::open(&server).await;
        for (path, answer) in [("/2026/01", "[2026,1]"), ("/2026", "[2026,0]")] {
            socket.join(path).await;
            socket.send(&format!(r#"42{path},1["when"]"#)).await;
            socket.expect_text(&format!("43{path},1[{answer}]")).await;
        }
        for path in ["/x/2026", "/2026/", "/2026/1", "/65536", "/２０２６"] {
            refused(&mut socket, path, "Invalid namespace").await;
        }
    }
}
