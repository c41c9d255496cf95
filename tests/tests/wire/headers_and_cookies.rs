//! Headers that the server program adds, and the session cookie.

use std::time::Duration;

use http::HeaderValue;
use switchboard::prelude::*;
use switchboard::{Cookie, SameSite};
use switchboard_tests::{Connection, Polling, Request, TestServer};

#[tokio::test]
async fn headers_of_every_response() {
    let options = Server::new().headers(|headers, _| drop(headers.insert("x-every", HeaderValue::from_static("yes"))));
    let server = TestServer::start(options).await;
    let open = Connection::open(&server).await.request(&Request::get(server.target("transport=polling"))).await;
    assert_eq!(open.header("x-every"), Some("yes"));
    let mut polling = Polling::open(&server).await;
    assert_eq!(polling.try_post("40").await.header("x-every"), Some("yes"));
    assert_eq!(polling.try_get().await.header("x-every"), Some("yes"));
    let upgrade = Request::upgrade(server.target("transport=websocket"));
    assert_eq!(Connection::open(&server).await.request(&upgrade).await.header("x-every"), Some("yes"));
}

#[tokio::test]
async fn headers_of_the_first_response_of_a_session() {
    let options =
        Server::new().initial_headers(|headers, _| drop(headers.insert("x-first", HeaderValue::from_static("yes"))));
    let server = TestServer::start(options).await;
    let open = Connection::open(&server).await.request(&Request::get(server.target("transport=polling"))).await;
    assert_eq!(open.header("x-first"), Some("yes"));
    let mut polling = Polling::open(&server).await;
    assert_eq!(polling.try_post("40").await.header("x-first"), None);
    assert_eq!(polling.try_get().await.header("x-first"), None);
    let upgrade = Request::upgrade(server.target("transport=websocket"));
    assert_eq!(Connection::open(&server).await.request(&upgrade).await.header("x-first"), Some("yes"));
    let sid = polling.sid;
    let upgrade = Request::upgrade(server.target(&format!("transport=websocket&sid={sid}")));
    assert_eq!(Connection::open(&server).await.request(&upgrade).await.header("x-first"), None);
}

#[tokio::test]
async fn the_hooks_see_the_request() {
    let options = Server::new().headers(|headers, request| {
        if let Some(value) = request.headers.get("x-ask") {
            headers.insert("x-answer", value.clone());
        }
    });
    let server = TestServer::start(options).await;
    let request = Request::get(server.target("transport=polling")).header("X-Ask", "42");
    assert_eq!(Connection::open(&server).await.request(&request).await.header("x-answer"), Some("42"));
}

async fn cookie_of(cookie: Cookie) -> (String, String) {
    let server = TestServer::start(Server::new().cookie(cookie)).await;
    let response = Connection::open(&server).await.request(&Request::get(server.target("transport=polling"))).await;
    let sid = response.text().split('"').nth(3).expect("a sid").to_owned();
    (response.header("set-cookie").expect("a cookie").to_owned(), sid)
}

#[tokio::test]
async fn a_cookie_names_the_session() {
    let (cookie, sid) = cookie_of(Cookie::new("io")).await;
    assert_eq!(cookie, format!("io={sid}; HttpOnly; SameSite=Lax; Path=/"));
}

#[tokio::test]
async fn a_cookie_has_attributes() {
    for (cookie, expected) in [
        (
            Cookie::new("session").path("/custom").same_site(Some(SameSite::Strict)),
            "; HttpOnly; SameSite=Strict; Path=/custom",
        ),
        (Cookie::new("session").http_only(false).same_site(None), "; Path=/"),
        (Cookie::new("session").path("").same_site(Some(SameSite::None)), "; HttpOnly; SameSite=None; Secure"),
        (
            Cookie::new("session").secure(true).domain("example.org").max_age(Duration::from_secs(3600)),
            "; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.org; Max-Age=3600",
        ),
        (Cookie::new("session").partitioned(true), "; HttpOnly; SameSite=Lax; Partitioned; Secure; Path=/"),
    ] {
        let (cookie, sid) = cookie_of(cookie).await;
        assert_eq!(cookie, format!("session={sid}{expected}"));
    }
}

#[tokio::test]
async fn an_id_cannot_add_attributes_to_the_cookie() {
    let options = Server::new().cookie(Cookie::new("io")).generate_id(|_| Ok("x; Domain=evil.example".to_owned()));
    let server = TestServer::start(options).await;
    let response = Connection::open(&server).await.request(&Request::get(server.target("transport=polling"))).await;
    assert_eq!(response.header("set-cookie"), Some("io=x%3B%20Domain%3Devil.example; HttpOnly; SameSite=Lax; Path=/"));
}

#[tokio::test]
async fn only_the_polling_handshake_sets_the_cookie() {
    let server = TestServer::start(Server::new().cookie(Cookie::new("io"))).await;
    let mut polling = Polling::open(&server).await;
    assert_eq!(polling.try_post("40").await.header("set-cookie"), None);
    assert_eq!(polling.try_get().await.header("set-cookie"), None);
    for query in ["transport=websocket".to_owned(), format!("transport=websocket&sid={}", polling.sid)] {
        let response = Connection::open(&server).await.request(&Request::upgrade(server.target(&query))).await;
        assert_eq!((response.status, response.header("set-cookie")), (101, None));
    }
}
