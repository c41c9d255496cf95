//! Cross-origin requests: only configured origins are allowed, and every kind of response has the headers.

use switchboard::Cors;
use switchboard::prelude::*;
use switchboard_tests::{Connection, Request, Response, TestServer};

const ORIGIN: &str = "https://app.example";

async fn ask(server: &TestServer, request: Request) -> Response {
    Connection::open(server).await.request(&request.header("Origin", ORIGIN)).await
}

fn handshake(server: &TestServer) -> Request {
    Request::get(server.target("transport=polling"))
}

fn preflight(server: &TestServer) -> Request {
    Request::new("OPTIONS", server.target("transport=polling"))
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "x-token, content-type")
}

fn allowed_origin(response: &Response) -> Option<&str> {
    response.header("access-control-allow-origin")
}

#[tokio::test]
async fn nothing_is_allowed_by_default() {
    let server = TestServer::start(Server::new()).await;
    for request in [handshake(&server), preflight(&server)] {
        let response = ask(&server, request).await;
        let cors = response.headers.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("access-control"));
        assert_eq!(cors, None);
    }
    let response = ask(&server, preflight(&server)).await;
    assert_eq!(response.answer(), (400, r#"{"code":2,"message":"Bad handshake method"}"#));
}

#[tokio::test]
async fn any_origin() {
    let server = TestServer::start(Server::new().cors(Cors::new())).await;
    let response = ask(&server, handshake(&server)).await;
    assert_eq!((response.status, allowed_origin(&response)), (200, Some("*")));
    assert_eq!(response.header("vary"), None);
    assert_eq!(response.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_session() {
    let server = TestServer::start(Server::new().cors(Cors::new())).await;
    for target in ["/socket.io/", "/socket.io/?EIO=4&transport=polling&sid=nope"] {
        let request = Request::new("OPTIONS", target)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "x-token, content-type");
        let response = ask(&server, request).await;
        assert_eq!((response.status, allowed_origin(&response)), (204, Some("*")));
        assert_eq!(response.header("access-control-allow-methods"), Some("GET,HEAD,PUT,PATCH,POST,DELETE"));
        assert_eq!(response.header("access-control-allow-headers"), Some("x-token, content-type"));
        assert!(response.body.is_empty());
    }
}

#[tokio::test]
async fn a_list_of_origins_is_reflected_on_match() {
    let cors = Cors::new().origins(["https://one.example", ORIGIN]);
    let server = TestServer::start(Server::new().cors(cors)).await;
    let response = ask(&server, handshake(&server)).await;
    assert_eq!(allowed_origin(&response), Some(ORIGIN));
    assert_eq!(response.header("vary"), Some("Origin"));

    let stranger = handshake(&server).header("Origin", "https://stranger.example");
    let response = Connection::open(&server).await.request(&stranger).await;
    // The server only adds headers: the browser enforces CORS.
    assert_eq!((response.status, allowed_origin(&response)), (200, None));
    assert_eq!(response.header("vary"), Some("Origin"));
}

#[tokio::test]
async fn a_function_may_decide() {
    let cors = Cors::new().origin_when(|origin| origin.ends_with(".example"));
    let server = TestServer::start(Server::new().cors(cors)).await;
    assert_eq!(allowed_origin(&ask(&server, handshake(&server)).await), Some(ORIGIN));
    let stranger = handshake(&server).header("Origin", "https://example.com");
    let response = Connection::open(&server).await.request(&stranger).await;
    assert_eq!((allowed_origin(&response), response.header("vary")), (None, Some("Origin")));
}

#[tokio::test]
async fn what_a_preflight_allows_can_be_said() {
    let cors = Cors::new().methods("GET,POST").allowed_headers("x-token").exposed_headers("x-trace").max_age(60);
    let server = TestServer::start(Server::new().cors(cors)).await;
    let response = ask(&server, preflight(&server)).await;
    assert_eq!(response.header("access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(response.header("access-control-allow-headers"), Some("x-token"));
    assert_eq!(response.header("access-control-expose-headers"), Some("x-trace"));
    assert_eq!(response.header("access-control-max-age"), Some("60"));
    let response = ask(&server, handshake(&server)).await;
    assert_eq!(response.header("access-control-expose-headers"), Some("x-trace"));
    assert_eq!(response.header("access-control-allow-methods"), None);
}

#[tokio::test]
async fn credentials() {
    let cors = Cors::new().origins([ORIGIN]).credentials(true);
    let server = TestServer::start(Server::new().cors(cors)).await;
    for request in [handshake(&server), preflight(&server)] {
        let response = ask(&server, request).await;
        assert_eq!(allowed_origin(&response), Some(ORIGIN));
        assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
    }
}

#[tokio::test]
async fn refusals_carry_the_headers_too() {
    let server = TestServer::start(Server::new().cors(Cors::new())).await;
    for query in ["transport=foo", "transport=polling&sid=nope"] {
        let response = ask(&server, Request::get(server.target(query))).await;
        assert_eq!((response.status, allowed_origin(&response)), (400, Some("*")), "{query}");
    }
}

#[tokio::test]
async fn polls_and_posts_carry_the_headers() {
    let server = TestServer::start(Server::new().cors(Cors::new())).await;
    let open = ask(&server, handshake(&server)).await;
    let sid = open.text().split('"').nth(3).expect("a sid").to_owned();
    let target = server.target(&format!("transport=polling&sid={sid}"));
    let post = ask(&server, Request::post(&target, "40")).await;
    assert_eq!((post.answer(), allowed_origin(&post)), ((200, "ok"), Some("*")));
    let poll = ask(&server, Request::get(&target)).await;
    assert_eq!((poll.status, allowed_origin(&poll)), (200, Some("*")));
}

#[tokio::test]
async fn origins_are_read_in_any_spelling() {
    for spelling in ["https://app.example/", "HTTPS://App.Example", "https://app.example:443"] {
        let server = TestServer::start(Server::new().cors(Cors::new().origins([spelling]))).await;
        assert_eq!(allowed_origin(&ask(&server, handshake(&server)).await), Some(ORIGIN), "{spelling}");
    }
}

#[tokio::test]
async fn an_asterisk_in_the_list_is_any_origin() {
    for origins in [vec!["*"], vec!["https://one.example", "*"]] {
        let server = TestServer::start(Server::new().cors(Cors::new().origins(origins))).await;
        let response = ask(&server, handshake(&server)).await;
        assert_eq!((allowed_origin(&response), response.header("vary")), (Some("*"), None));
    }
}
