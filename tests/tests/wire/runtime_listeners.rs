//! Listeners that are added to a connected socket: order, arguments, acknowledgements and removal.

use std::sync::{Arc, Mutex};

use serde::Serialize;
use switchboard::ListenerId;
use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{TestServer, WebSocket};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[event("news")]
struct News(String);

/// A message with two arguments.
#[derive(Serialize)]
struct Both(String, u32);

struct Desk {
    reports: UnboundedSender<String>,
    gate: Arc<Notify>,
    last: Mutex<Option<ListenerId>>,
    held: Arc<()>,
}

/// Returns a listener that reports its argument, with `what` in front.
fn reporter(desk: &Desk, what: &'static str) -> impl Fn(String) -> std::future::Ready<()> + Send + Sync + use<> {
    let reports = desk.reports.clone();
    move |text| {
        drop(reports.send(format!("{what} {text}")));
        std::future::ready(())
    }
}

async fn refusing<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    if event.raw().contains("forbidden") { event.refuse("forbidden") } else { next.run(event).await }
}

#[namespace("/", emits(News), middleware(refusing))]
impl Desk {
    #[on_connect]
    fn connect(&self, socket: &Socket<Self>) {
        socket.on("at once", async |n: u32, ack: Ack<u32>| drop(ack.send(n * 2)));
        let reports = self.reports.clone();
        socket.on_disconnect(move |socket, reason| async move {
            drop(reports.send(format!("gone {} {reason}", socket.is_connected())));
        });
    }

    #[on("listen")]
    fn listen(&self, socket: &Socket<Self>, event: String) {
        let first = reporter(self, "first");
        socket.on(&event, move |text: String| first(text));
        let once = reporter(self, "once");
        socket.once(&event, move |text: String| once(text));
        let last = reporter(self, "last");
        *self.last.lock().expect("no panic") = Some(socket.on(&event, move |text: String| last(text)));
    }

    #[on("listen to everything")]
    fn listen_to_everything(&self, socket: &Socket<Self>) {
        let reports = self.reports.clone();
        socket.on_any(move |socket, event| drop(reports.send(format!("any {} {}", socket.rooms().len(), event.raw()))));
        let reports = self.reports.clone();
        socket.prepend_any(move |_, event| drop(reports.send(format!("before {}", event.name()))));
        let reports = self.reports.clone();
        socket.on_any_outgoing(move |_, event| {
            let text: String = event.read().expect("news");
            drop(reports.send(format!("out {} {text}", event.name())));
        });
        socket.on_any_outgoing(|_, _| panic!("a panic that this test wants"));
    }

    #[on("stop listening to everything")]
    fn stop_listening_to_everything(&self, socket: &Socket<Self>) {
        socket.off_any();
        socket.off_any_outgoing();
    }

    #[on("listen with everything")]
    fn listen_with_everything(&self, socket: &Socket<Self>) {
        socket.on("two", async |two: u32, text: String, ack: Ack<String>| drop(ack.send(format!("{text} {two}"))));
        socket.on("failing", async |text: String| Err::<(), _>(text));
        let after = reporter(self, "after");
        socket.on("failing", move |text: String| after(text));
        socket.on("panicking", async || {
            if true {
                panic!("a panic that this test wants");
            }
        });
        let gate = Arc::clone(&self.gate);
        socket.on("slow", move || {
            let gate = Arc::clone(&gate);
            async move { gate.notified().await }
        });
    }

    /// Adds listeners of every kind, each of which holds its own socket.
    #[on("hold")]
    fn hold(&self, socket: &Socket<Self>) {
        hold(socket, &self.held);
    }

    #[on("names")]
    fn names(&self, socket: &Socket<Self>) -> Vec<String> {
        socket.event_names()
    }

    #[on("off")]
    fn off(&self, socket: &Socket<Self>, event: Option<String>) {
        match event {
            Some(event) => socket.off(&event),
            None => socket.off_all(),
        }
    }

    #[on("remove the last")]
    fn remove(&self, socket: &Socket<Self>) -> (bool, bool) {
        let last = self.last.lock().expect("no panic").take().expect("a listener");
        (socket.remove(last), socket.remove(last))
    }

    #[on("handled")]
    fn handled(&self, text: String) -> String {
        drop(self.reports.send(format!("handler {text}")));
        text
    }

    #[on("tell")]
    fn tell(&self, socket: &Socket<Self>, text: String) {
        drop(socket.emit(News(text.clone())));
        drop(socket.namespace().emit(News(format!("{text} to all"))));
    }

    #[on("send")]
    fn send(&self, socket: &Socket<Self>, text: String) -> Result<(), String> {
        socket.send(&text).map_err(|error| error.to_string())?;
        socket.compress(false).send(Both(text, 1)).map_err(|error| error.to_string())
    }

    #[on("send to all")]
    fn send_to_all(&self, socket: &Socket<Self>, text: String) -> Result<usize, String> {
        let all = socket.namespace().send(&text).map_err(|error| error.to_string())?;
        let one = socket.namespace().to(socket.id()).send(Both(text, 1)).map_err(|error| error.to_string())?;
        Ok(all.sent + one.sent)
    }

    #[on("reserved")]
    fn reserved(&self, socket: &Socket<Self>) {
        socket.on("disconnect", async || {});
    }
}

fn hold(socket: &Socket<Desk>, held: &Arc<()>) {
    let holding = || {
        let held = (socket.clone(), Arc::clone(held));
        move || drop(held.clone())
    };
    let (on, middleware, any, outgoing) = (holding(), holding(), holding(), holding());
    socket.on("never", move || {
        on();
        std::future::ready(())
    });
    socket.use_middleware(move |event, next| {
        middleware();
        next.run(event)
    });
    socket.on_any(move |_, _| any());
    socket.on_any_outgoing(move |_, _| outgoing());
    let (leaving, left, upgraded, packet) = (holding(), holding(), holding(), holding());
    socket.on_disconnecting(move |_, _| leaving());
    socket.on_disconnect(move |_, _| {
        left();
        std::future::ready(())
    });
    socket.engine().on_upgrade(move |_| upgraded());
    socket.engine().on_packet(move |_| packet());
}

/// Implements by hand the code that the macro generates.
struct ByHand;

impl Namespace for ByHand {
    const PATH: &'static str = "/by-hand";
    type Params = ();
    type Session = ();

    async fn connect(&self, context: ConnectContext<Self>) -> Result<(), ConnectError> {
        context.socket().on("double", async |n: u32, ack: Ack<u32>| drop(ack.send(n * 2)));
        Ok(())
    }

    async fn dispatch(&self, mut event: EventContext<Self>) -> Reply {
        match event.run_listeners().await {
            Ok(true) => event.into_responder().answer(&()),
            Ok(false) => Reply::unknown(),
            Err(reply) => reply,
        }
    }
}

async fn start() -> (TestServer, WebSocket, UnboundedReceiver<String>, Arc<Notify>) {
    let (reports, heard) = unbounded_channel();
    let gate = Arc::<Notify>::default();
    let errors = reports.clone();
    let desk = Desk { reports, gate: Arc::clone(&gate), last: Mutex::default(), held: Arc::default() };
    let options = Server::new()
        .namespace(ByHand)
        .namespace(desk)
        .on_error(move |error| drop(errors.send(format!("error {}", error.kind))));
    let server = TestServer::start(options).await;
    let socket = WebSocket::joined(&server).await;
    (server, socket, heard, gate)
}

async fn heard(reports: &mut UnboundedReceiver<String>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(within("a report", reports.recv()).await.as_deref(), Some(*expected));
    }
}

#[tokio::test]
async fn a_listener_of_the_connect_hook_hears_the_first_event() {
    let (_server, mut socket, _, _) = start().await;
    socket.send(r#"421["at once",21]"#).await;
    socket.expect_text("431[42]").await;
}

#[tokio::test]
async fn several_listeners_run_in_their_order_and_before_the_handler() {
    let (_server, mut socket, mut reports, _) = start().await;
    socket.send(r#"421["listen","handled"]"#).await;
    socket.expect_text("431[]").await;
    socket.send(r#"422["handled","a"]"#).await;
    // The handler's return value is the acknowledgement.
    socket.expect_text(r#"432["a"]"#).await;
    heard(&mut reports, &["first a", "once a", "last a", "handler a"]).await;
    socket.send(r#"42["handled","b"]"#).await;
    heard(&mut reports, &["first b", "last b", "handler b"]).await;
    socket.send(r#"423["remove the last"]"#).await;
    socket.expect_text("433[[true,false]]").await;
    socket.send(r#"42["handled","c"]"#).await;
    heard(&mut reports, &["first c", "handler c"]).await;
    socket.send(r#"42["off","handled"]"#).await;
    socket.send(r#"42["handled","d"]"#).await;
    heard(&mut reports, &["handler d"]).await;
}

#[tokio::test]
async fn an_event_without_a_handler_is_acknowledged_with_nothing() {
    let (_server, mut socket, mut reports, _) = start().await;
    socket.send(r#"421["mine","a"]"#).await;
    socket.expect_text(r#"431[{"error":{"message":"no handler for `mine`"}}]"#).await;
    socket.send(r#"42["listen","mine"]"#).await;
    socket.send(r#"422["mine","b"]"#).await;
    socket.expect_text("432[]").await;
    heard(&mut reports, &["error no handler has this name", "first b", "once b", "last b"]).await;
    socket.send(r#"423["names"]"#).await;
    socket.expect_text(r#"433[["at once","mine"]]"#).await;
    socket.send(r#"42["off"]"#).await;
    socket.send(r#"424["mine","c"]"#).await;
    socket.expect_text(r#"434[{"error":{"message":"no handler for `mine`"}}]"#).await;
    socket.send(r#"425["at once",1]"#).await;
    socket.expect_text(r#"435[{"error":{"message":"no handler for `at once`"}}]"#).await;
}

#[tokio::test]
async fn what_fails_is_answered_and_ends_it() {
    let (_server, mut socket, mut reports, _) = start().await;
    socket.send(r#"42["listen with everything"]"#).await;
    socket.send(r#"421["two",2,"times"]"#).await;
    socket.expect_text(r#"431["times 2"]"#).await;
    socket.send(r#"422["two","times"]"#).await;
    let answer = socket.next_text().await;
    assert!(answer.starts_with(r#"432[{"error":{"message":"argument 1: invalid type"#), "{answer}");
    assert!(within("a report", reports.recv()).await.is_some_and(|report| report.starts_with("error argument 1")));
    socket.send(r#"423["failing","no"]"#).await;
    socket.expect_text(r#"433[{"error":"no"}]"#).await;
    socket.send(r#"424["panicking"]"#).await;
    socket.expect_text(r#"434[{"error":{"message":"internal error"}}]"#).await;
    heard(&mut reports, &[r#"error "no""#, "error the handler panicked: a panic that this test wants"]).await;
}

#[tokio::test]
async fn events_wait_for_a_listener_as_they_do_for_a_handler() {
    let (server, mut socket, mut reports, gate) = start().await;
    socket.send(r#"42["listen with everything"]"#).await;
    socket.send(r#"421["slow"]"#).await;
    socket.send(r#"422["handled","behind"]"#).await;
    // Another client's events do not wait.
    let mut other = WebSocket::joined(&server).await;
    other.send(r#"421["handled","beside"]"#).await;
    other.expect_text(r#"431["beside"]"#).await;
    heard(&mut reports, &["handler beside"]).await;
    gate.notify_one();
    socket.expect_text("431[]").await;
    socket.expect_text(r#"432["behind"]"#).await;
    heard(&mut reports, &["handler behind"]).await;
}

#[tokio::test]
async fn the_namespaces_middleware_protects_listeners_too() {
    let (_server, mut socket, mut reports, _) = start().await;
    socket.send(r#"42["listen","mine"]"#).await;
    socket.send(r#"42["listen to everything"]"#).await;
    socket.send(r#"421["mine","forbidden"]"#).await;
    socket.expect_text(r#"431[{"error":"forbidden"}]"#).await;
    // Catch-all listeners are called before the middleware refuses the event.
    let all = ["before mine", r#"any 1 ["mine","forbidden"]"#, r#"error refused: "forbidden""#];
    heard(&mut reports, &all).await;
}

#[tokio::test]
async fn catch_alls_hear_what_comes_and_what_goes_broadcasts_included() {
    let (server, mut socket, mut reports, _) = start().await;
    socket.send(r#"42["listen to everything"]"#).await;
    socket.send(r#"421["tell","hello"]"#).await;
    let panic = "error the handler panicked: a panic that this test wants";
    for text in [r#"42["news","hello"]"#, r#"42["news","hello to all"]"#, "431[]"] {
        socket.expect_text(text).await;
    }
    let out = ["before tell", r#"any 1 ["tell","hello"]"#, "out news hello", panic, "out news hello to all", panic];
    heard(&mut reports, &out).await;
    // A broadcast by another socket, which has no listeners itself.
    let mut other = WebSocket::joined(&server).await;
    other.send(r#"42["tell","you"]"#).await;
    socket.expect_text(r#"42["news","you to all"]"#).await;
    heard(&mut reports, &["out news you to all", panic]).await;
    socket.send(r#"42["stop listening to everything"]"#).await;
    heard(&mut reports, &["before stop listening to everything", r#"any 1 ["stop listening to everything"]"#]).await;
    socket.send(r#"422["tell","silently"]"#).await;
    for text in [r#"42["news","silently"]"#, r#"42["news","silently to all"]"#, "432[]"] {
        socket.expect_text(text).await;
    }
    assert!(reports.try_recv().is_err());
}

#[tokio::test]
async fn send_is_an_event_of_the_name_message() {
    let (_server, mut socket, _, _) = start().await;
    socket.send(r#"421["send","hi"]"#).await;
    socket.expect_text(r#"42["message","hi"]"#).await;
    socket.expect_text(r#"42["message","hi",1]"#).await;
    socket.expect_text("431[]").await;
    socket.send(r#"422["send to all","hi"]"#).await;
    socket.expect_text(r#"42["message","hi"]"#).await;
    socket.expect_text(r#"42["message","hi",1]"#).await;
    socket.expect_text("432[2]").await;
}

#[tokio::test]
async fn a_reserved_name_is_nothing_to_listen_to() {
    let (_server, mut socket, mut reports, _) = start().await;
    socket.send(r#"421["reserved"]"#).await;
    socket.expect_text(r#"431[{"error":{"message":"internal error"}}]"#).await;
    heard(&mut reports, &["error the handler panicked: no client sends an event of the name `disconnect`"]).await;
}

#[tokio::test]
async fn listeners_go_with_their_socket() {
    let (server, mut socket, mut reports, _) = start().await;
    socket.send(r#"421["listen","mine"]"#).await;
    socket.expect_text("431[]").await;
    socket.send("41").await;
    heard(&mut reports, &["gone false client namespace disconnect"]).await;
    socket.join("/").await;
    socket.send(r#"421["mine","a"]"#).await;
    socket.expect_text(r#"431[{"error":{"message":"no handler for `mine`"}}]"#).await;
    heard(&mut reports, &["error no handler has this name"]).await;
    drop(socket);
    server.empty().await;
    heard(&mut reports, &["gone false transport close"]).await;
}

#[tokio::test]
async fn a_namespace_that_is_written_by_hand_runs_them_where_it_wants() {
    let (_server, mut socket, _, _) = start().await;
    socket.join("/by-hand").await;
    socket.send(r#"42/by-hand,1["double",21]"#).await;
    socket.expect_text("43/by-hand,1[42]").await;
    socket.send(r#"42/by-hand,2["double","x"]"#).await;
    assert!(socket.next_text().await.starts_with(r#"43/by-hand,2[{"error":{"message":"argument 1: invalid type"#));
    socket.send(r#"42/by-hand,3["halve",4]"#).await;
    socket.expect_text(r#"43/by-hand,3[{"error":{"message":"no handler for `halve`"}}]"#).await;
}

#[tokio::test]
async fn what_holds_its_own_socket_is_let_go_with_it() {
    let held = Arc::<()>::default();
    let desk =
        Desk { reports: unbounded_channel().0, gate: Arc::default(), last: Mutex::default(), held: Arc::clone(&held) };
    let server = TestServer::start(Server::new().namespace(desk)).await;
    let mut client = WebSocket::open(&server).await;
    let id = client.join("/").await;
    client.send(r#"421["hold"]"#).await;
    client.expect_text("431[]").await;
    assert_eq!(Arc::strong_count(&held), 2 + 8);
    let socket = server.handle().namespace::<Desk>().socket(&id).expect("it is connected");
    drop(client);
    let let_go = async || {
        while Arc::strong_count(&held) > 2 {
            tokio::task::yield_now().await;
        }
    };
    within("letting go", let_go()).await;
    // The socket is disconnected: its listeners are not kept.
    hold(&socket, &held);
    assert_eq!(Arc::strong_count(&held), 2);
}

/// Adds another listener with each event.
struct Careless(Arc<std::sync::atomic::AtomicUsize>);

#[namespace("/")]
impl Careless {
    #[on("listen")]
    fn listen(&self, socket: &Socket<Self>) {
        let called = self.0.clone();
        socket.once("later", move || {
            called.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::future::ready(())
        });
    }
}

#[tokio::test]
async fn listeners_have_a_bound() {
    let called = Arc::<std::sync::atomic::AtomicUsize>::default();
    let (reports, mut told) = unbounded_channel();
    let hook = move |error: &switchboard::HandlerError| drop(reports.send(format!("{}: {}", error.event, error.kind)));
    let server = TestServer::start(Server::new().namespace(Careless(called.clone())).on_error(hook)).await;
    let mut socket = WebSocket::joined(&server).await;
    for _ in 0..1030 {
        socket.send(r#"42["listen"]"#).await;
    }
    for _ in 1024..1030 {
        let report = within("the error hook", told.recv()).await.expect("a report");
        assert_eq!(report, "listener: cannot add a listener: the limit is 1024 per socket");
    }
    // The listeners run once and are removed, so that there is room again.
    for calls in [1024, 1025] {
        socket.send(r#"421["later"]"#).await;
        socket.expect_text("431[]").await;
        assert_eq!(called.load(std::sync::atomic::Ordering::Relaxed), calls);
        socket.send(r#"42["listen"]"#).await;
    }
}
