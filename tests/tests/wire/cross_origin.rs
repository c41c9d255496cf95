//! Origins that may open a WebSocket: those that `cors` allows, and those of the server's own host.

use std::sync::{Arc, Mutex};

use switchboard::prelude::*;
use switchboard::{ConnectionErrorKind, Cors};
use switchboard_tests::{Connection, Polling, Request, TestServer};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
const COOKIE: (&str, &str) = ("Cookie", "session=secret");

/// Returns the status of an upgrade with these headers. It must be the same for a new session and for an existing one.
async fn upgrade(server: &TestServer, headers: &[(&str, &str)]) -> u16 {
    let polling = Polling::open(server).await;
    let mut statuses = Vec::new();
    for query in ["transport=websocket".to_owned(), format!("transport=websocket&sid={}", polling.sid)] {
        let request = headers
            .iter()
            .fold(Request::upgrade(server.target(&query)), |request, (name, value)| request.header(name, value));
        let response = Connection::open(server).await.request(&request).await;
        if response.status == 403 {
            // The response does not repeat any of the request.
            assert!(response.text().contains("`Server::cors`"), "{response:?}");
            assert!(response.text().contains("`Server::trust_forwarded_host`"), "{response:?}");
            assert!(!response.text().contains("example"), "{response:?}");
        }
        statuses.push(response.status);
    }
    assert_eq!(statuses[0], statuses[1], "{headers:?}");
    statuses[0]
}

#[tokio::test]
async fn foreign_pages_with_credentials_are_refused_by_default() {
    let server = TestServer::start(Server::new()).await;
    let host = ("Host", "chat.example:3000");
    for credentials in [COOKIE, ("Authorization", "Basic c2VjcmV0")] {
        for origin in [EVIL, "https://chat.example.evil.example", "http://example", "null", "https://é.example"] {
            assert_eq!(
                upgrade(&server, &[host, ("Origin", origin), credentials]).await,
                403,
                "{origin} {credentials:?}"
            );
        }
        // Cookies do not depend on the port, and behind a proxy the scheme is unknown.
        for origin in ["https://chat.example", "http://chat.example:8080", "http://Chat.example:3000"] {
            assert_eq!(
                upgrade(&server, &[host, ("Origin", origin), credentials]).await,
                101,
                "{origin} {credentials:?}"
            );
        }
        assert_eq!(upgrade(&server, &[host, credentials]).await, 101);
        // Arduino clients send the first of these, some versions of PHP's Elephant.IO the next two.
        for origin in ["file://", "*", "http://chat.example:3000/", ""] {
            assert_eq!(
                upgrade(&server, &[host, ("Origin", origin), credentials]).await,
                101,
                "{origin} {credentials:?}"
            );
        }
    }
}

#[tokio::test]
async fn everything_without_credentials_gets_in_by_default() {
    let server = TestServer::start(Server::new()).await;
    assert_eq!(upgrade(&server, &[]).await, 101);
    for origin in [EVIL, "null", "file://"] {
        assert_eq!(upgrade(&server, &[("Origin", origin)]).await, 101, "{origin}");
    }
}

#[tokio::test]
async fn configured_origins_decide_about_upgrades() {
    let list = Cors::new().origins([APP, "file://"]);
    let with_credentials = Cors::new().origins([APP, "file://"]).credentials(true);
    let function = Cors::new().origin_when(|origin| [APP, "file://"].contains(&origin));
    for cors in [list, with_credentials, function] {
        let server = TestServer::start(Server::new().cors(cors)).await;
        for more in [&[("Host", "chat.example")][..], &[("Host", "chat.example"), COOKIE]] {
            let of = |origin| [more, &[("Origin", origin)]].concat();
            for origin in [APP, "file://", "*", "https://chat.example", "http://chat.example", "http://chat.example/"] {
                assert_eq!(upgrade(&server, &of(origin)).await, 101, "{origin}");
            }
            // For polling, too, another port is another origin.
            for origin in [EVIL, "null", "http://chat.example:8080", "https://app.example:8443"] {
                assert_eq!(upgrade(&server, &of(origin)).await, 403, "{origin}");
            }
            assert_eq!(upgrade(&server, more).await, 101);
        }
    }
}

#[tokio::test]
async fn any_origin_excludes_credentials() {
    let server = TestServer::start(Server::new().cors(Cors::new())).await;
    assert_eq!(upgrade(&server, &[("Origin", EVIL)]).await, 101);
    assert_eq!(upgrade(&server, &[("Origin", EVIL), COOKIE]).await, 403);
    assert_eq!(upgrade(&server, &[("Origin", "http://127.0.0.1:5173"), COOKIE]).await, 101);
}

#[tokio::test]
async fn a_forwarded_host_counts_by_option_only() {
    let headers = |forwarded| {
        [("Host", "backend:3000"), ("X-Forwarded-Host", forwarded), ("Origin", "https://chat.example"), COOKIE]
    };
    let server = TestServer::start(Server::new()).await;
    assert_eq!(upgrade(&server, &headers("chat.example")).await, 403);

    let server = TestServer::start(Server::new().trust_forwarded_host(true)).await;
    for forwarded in ["chat.example", "chat.example:443", "chat.example, inner.example"] {
        assert_eq!(upgrade(&server, &headers(forwarded)).await, 101, "{forwarded}");
    }
    for forwarded in ["evil.example", "inner.example, chat.example"] {
        assert_eq!(upgrade(&server, &headers(forwarded)).await, 403, "{forwarded}");
    }
    assert_eq!(upgrade(&server, &[("Host", "chat.example"), ("Origin", "https://chat.example"), COOKIE]).await, 101);
}

#[tokio::test]
async fn polling_is_left_to_the_browser() {
    let server = TestServer::start(Server::new().cors(Cors::new().origins([APP]))).await;
    let request = Request::get(server.target("transport=polling")).header("Origin", EVIL).header(COOKIE.0, COOKIE.1);
    assert_eq!(Connection::open(&server).await.request(&request).await.status, 200);
}

#[tokio::test]
async fn connection_error_hook_gets_origin_and_host() {
    let refused = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&refused);
    let options = Server::new().on_connection_error(move |error| {
        if let ConnectionErrorKind::ForeignOrigin { origin, host } = &error.kind {
            hook.lock().unwrap().push((error.kind.code(), origin.clone(), host.clone()));
        }
    });
    let server = TestServer::start(options).await;
    let request =
        Request::upgrade(server.target("transport=websocket")).header("Origin", EVIL).header(COOKIE.0, COOKIE.1);
    assert_eq!(Connection::open(&server).await.request(&request).await.status, 403);
    assert_eq!(*refused.lock().unwrap(), [(4, EVIL.to_owned(), "127.0.0.1".to_owned())]);
}

#[tokio::test]
async fn a_mounted_server_checks_upgrades_too() {
    let io = Server::new().build();
    let app = axum::Router::new().route_service("/socket.io/", io.service());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = switchboard_tests::Endpoint::new(listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    for (origin, status) in [(EVIL, 403), ("http://127.0.0.1:5173", 101)] {
        let request = Request::upgrade(endpoint.target("transport=websocket")).header("Origin", origin);
        let response = Connection::open(&endpoint).await.request(&request.header(COOKIE.0, COOKIE.1)).await;
        assert_eq!(response.status, status, "{origin}");
    }
}
