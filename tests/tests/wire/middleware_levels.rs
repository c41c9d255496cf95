//! Each level at which a request or event can be refused: its order, its input, and the client's response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request as HttpRequest;
use axum::http::StatusCode;
use axum::middleware::{Next as HttpNext, from_fn};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use switchboard::prelude::*;
use switchboard_tests::{Connection, Endpoint, Request, TestServer, WebSocket};
use tokio::net::TcpListener;

/// Suspends once, because every level may be asynchronous.
async fn a_while() {
    tokio::task::yield_now().await;
}

async fn with_key(request: HttpRequest, next: HttpNext) -> HttpResponse {
    a_while().await;
    match request.headers().get("x-key") {
        Some(key) if key == "mellon" => next.run(request).await,
        _ => (StatusCode::UNAUTHORIZED, r#"{"message":"speak, friend"}"#).into_response(),
    }
}

#[tokio::test]
async fn an_http_layer_sees_every_request() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    let router = Router::new().route_service("/socket.io/", Server::new().build().service()).layer(from_fn(with_key));
    let router = router.layer(from_fn(move |request: HttpRequest, next: HttpNext| {
        counted.fetch_add(1, Ordering::Relaxed);
        next.run(request)
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = Endpoint::new(listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let ask = async |request: Request| Connection::open(&endpoint).await.request(&request).await;

    let polling = Request::get(endpoint.target("transport=polling"));
    let upgrade = Request::upgrade(endpoint.target("transport=websocket"));
    for request in [&polling, &upgrade] {
        assert_eq!(ask(request.clone()).await.answer(), (401, r#"{"message":"speak, friend"}"#));
    }
    let opened = ask(polling.header("X-Key", "mellon")).await;
    assert_eq!(opened.status, 200);
    // The layer also sees later requests of the session.
    let sid = opened.text().split('"').nth(3).expect("a sid").to_owned();
    let post = Request::post(endpoint.target(&format!("transport=polling&sid={sid}")), "40");
    assert_eq!(ask(post.clone()).await.status, 401);
    assert_eq!(ask(post.header("X-Key", "mellon")).await.answer(), (200, "ok"));
    let upgrade = upgrade.header("X-Key", "mellon");
    WebSocket::opened(Connection::open(&endpoint).await, &upgrade).await.join("/").await;
    assert_eq!(seen.load(Ordering::Relaxed), 6);
}

/// Refuses at the level that the client requests.
struct Picky;

#[payload]
struct Wish {
    #[serde(default)]
    guard: bool,
    #[serde(default)]
    hook: bool,
}

#[payload]
struct Why {
    message: String,
    data: Vec<u32>,
}

async fn guard(Auth(wish): Auth<Wish>) -> Result<(), ConnectError> {
    a_while().await;
    if wish.guard { Err(ConnectError::new("the guard says no").data(&[1, 2])) } else { Ok(()) }
}

async fn around<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    a_while().await;
    if event.raw().contains("namespace's") {
        return event.refuse(Why { message: "the namespace's middleware says no".to_owned(), data: vec![3] });
    }
    next.run(event).await
}

#[namespace("/", guard(guard), middleware(around))]
impl Picky {
    #[on_connect]
    async fn connect(&self, Auth(wish): Auth<Wish>) -> Result<(), ConnectError> {
        a_while().await;
        if wish.hook { Err(ConnectError::new("the hook says no").data(&"at all")) } else { Ok(()) }
    }

    #[on("say", middleware(Self::listened_to))]
    async fn say(&self, text: String) -> String {
        text
    }
}

impl Picky {
    async fn listened_to(&self, event: EventContext<Self>, next: impl Next<Self>) -> Reply {
        a_while().await;
        if event.raw().contains("handler's") { event.refuse("the handler's says no") } else { next.run(event).await }
    }
}

async fn picky() -> TestServer {
    let options = Server::new().namespace(Picky).allow_request(|request| {
        let welcome = request.headers.get("x-unwanted").is_none();
        async move {
            a_while().await;
            if welcome { Ok(()) } else { Err("admission says \"no\"".to_owned()) }
        }
    });
    TestServer::start(options).await
}

#[tokio::test]
async fn admission() {
    let server = picky().await;
    let ask =
        async |request: Request| Connection::open(&server).await.request(&request.header("X-Unwanted", "1")).await;
    let answer = ask(Request::get(server.target("transport=polling"))).await;
    assert_eq!(answer.answer(), (403, r#"{"code":4,"message":"admission says \"no\""}"#));
    let answer = ask(Request::upgrade(server.target("transport=websocket"))).await;
    assert_eq!(answer.answer(), (400, "admission says \"no\""));
    WebSocket::joined(&server).await;
}

#[tokio::test]
async fn guards_and_the_connect_hook() {
    let server = picky().await;
    let mut socket = WebSocket::open(&server).await;
    socket.send(r#"40{"guard":true,"hook":true}"#).await;
    socket.expect_text(r#"44{"message":"the guard says no","data":[1,2]}"#).await;
    socket.send(r#"40{"hook":true}"#).await;
    socket.expect_text(r#"44{"message":"the hook says no","data":"at all"}"#).await;
    // The connection can still be used.
    socket.send("40{}").await;
    assert!(socket.next_text().await.starts_with(r#"40{"sid":""#));
}

#[tokio::test]
async fn middleware_of_events() {
    let server = picky().await;
    let mut socket = WebSocket::joined(&server).await;
    socket.send(r#"421["say","namespace's"]"#).await;
    socket.expect_text(r#"431[{"error":{"message":"the namespace's middleware says no","data":[3]}}]"#).await;
    socket.send(r#"422["say","handler's"]"#).await;
    socket.expect_text(r#"432[{"error":"the handler's says no"}]"#).await;
    socket.send(r#"423["say","nobody's"]"#).await;
    socket.expect_text(r#"433["nobody's"]"#).await;
}
