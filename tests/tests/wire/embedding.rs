//! Switchboard inside another program: next to other routes, two servers in one program, behind TLS, and shut down from
//! outside.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use hyper_util::rt::TokioIo;
use switchboard::prelude::*;
use switchboard_tests::endpoint::within;
use switchboard_tests::{Connection, Endpoint, Frame, Polling, Request, TestServer, WebSocket};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::journal::seen;

async fn listener() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = Endpoint::new(listener.local_addr().expect("an address"));
    (listener, endpoint)
}

#[tokio::test]
async fn in_an_axum_router_beside_other_routes() {
    let (namespace, mut journal) = seen();
    let server = Server::new().namespace(namespace).build();
    let router = Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route_service("/socket.io/", server.service())
        .fallback(|| async { "nothing here" });
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut connection = Connection::open(&endpoint).await;
    assert_eq!(connection.request(&Request::get("/hello")).await.answer(), (200, "hello"));
    assert_eq!(connection.request(&Request::get("/other")).await.answer(), (200, "nothing here"));

    let mut polling = Polling::joined(&endpoint).await;
    journal.expect("connected").await;
    polling.post(r#"42["say","x"]"#).await;
    assert_eq!(polling.get().await, r#"42["said","x"]"#);
    let mut socket = WebSocket::beside(&endpoint, &polling.sid).await;
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"42["say","y"]"#).await;
    socket.expect_text(r#"42["said","y"]"#).await;
    WebSocket::joined(&endpoint).await;
}

#[tokio::test]
async fn refused_bodies_are_answered_in_an_axum_router() {
    let (namespace, _journal) = seen();
    let server = Server::new().namespace(namespace).build();
    let router = Router::new().route_service("/socket.io/", server.service()).fallback_service(server.service());
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    crate::polling::expect_answers_to_refused_bodies(&endpoint).await;
}

/// Neither a POST with an endless body, nor the rest of a refused body, nor a waiting poll delays axum's shutdown.
#[tokio::test]
async fn graceful_shutdown_of_axum_ends_requests_with_their_sessions() {
    let (namespace, mut journal) = seen();
    let server = Server::new().namespace(namespace).build();
    let router = Router::new().route_service("/socket.io/", server.service());
    let (listener, endpoint) = listener().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let closing = server.clone();
    let serving = tokio::spawn(async move {
        let signal = async move {
            drop(stopped.await);
            closing.close().await;
        };
        axum::serve(listener, router).with_graceful_shutdown(signal).await
    });
    let polling = Polling::joined(&endpoint).await;
    journal.expect("connected").await;
    let mut poll = polling.wait().await;
    let mut post = Connection::open(&endpoint).await;
    let request = Request::post(polling.target(), "42").header("Expect", "100-continue");
    post.send(request.head()).await;
    assert_eq!(post.response().await.expect("an interim answer").status, 100);
    let mut refused = Connection::open(&endpoint).await;
    refused.send(Request::new("POST", polling.target()).header("Content-Length", "2000000").head()).await;
    assert_eq!(refused.response().await.expect("an answer").status, 400);
    drop(stop);
    drop(polling);
    assert_eq!(poll.response().await.expect("the poll's answer").answer(), (200, "1"));
    assert_eq!(post.response().await.expect("an answer").answer(), (400, ""));
    within("axum's shutdown", serving).await.expect("axum does not panic").expect("axum does not fail");
}

#[tokio::test]
async fn at_another_path() {
    let server = Server::new().path("/live").build();
    let router = Router::new().route_service("/live/", server.service());
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Polling::joined(&endpoint.at("/live/")).await;
    WebSocket::joined(&endpoint.at("/live/")).await;
}

#[tokio::test]
async fn two_servers_know_nothing_of_each_other() {
    let (namespace, _journal) = seen();
    let first = TestServer::start(Server::new().namespace(namespace)).await;
    let second = TestServer::start(Server::new()).await;
    let polling = Polling::joined(&first).await;
    WebSocket::joined(&second).await;
    let target = second.target(&format!("transport=polling&sid={}", polling.sid));
    let response = Connection::open(&second).await.request(&Request::get(target)).await;
    assert_eq!(response.answer(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
}

/// Returns both ends of TLS with a certificate for `localhost` that is created for this test and trusted by the client.
fn tls() -> (TlsAcceptor, TlsConnector) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let certificate = certified.cert.der().clone();
    let mut trusted = RootCertStore::empty();
    trusted.add(certificate.clone()).expect("a root");
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .expect("a usable certificate");
    let client = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)))
}

#[tokio::test]
async fn behind_tls() {
    let (namespace, _journal) = seen();
    let server = Server::new().namespace(namespace).build();
    let (acceptor, connector) = tls();
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move {
        loop {
            let (stream, address) = listener.accept().await.expect("a connection");
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.expect("a TLS handshake");
                server.serve_connection(stream, Some(address)).await;
            });
        }
    });
    let connect = async || {
        let stream = TcpStream::connect(endpoint.address).await.expect("a connection");
        let name = ServerName::try_from("localhost").expect("a name");
        Connection::over(within("TLS", connector.connect(name, stream)).await.expect("a TLS handshake"))
    };

    let mut http = connect().await;
    let open = http.request(&Request::get(endpoint.target("transport=polling"))).await;
    let sid = open.text().split('"').nth(3).expect("a sid").to_owned();
    let session = endpoint.target(&format!("transport=polling&sid={sid}"));
    assert_eq!(http.request(&Request::post(&session, "40")).await.answer(), (200, "ok"));
    assert!(http.request(&Request::get(&session)).await.text().starts_with(r#"40{"sid":""#));

    let request = Request::upgrade(endpoint.target(&format!("transport=websocket&sid={sid}")));
    let mut socket = WebSocket::switched(connect().await, &request).await.expect("101");
    socket.send("2probe").await;
    socket.expect_text("3probe").await;
    socket.send("5").await;
    socket.send(r#"42["say","over TLS"]"#).await;
    socket.expect_text(r#"42["said","over TLS"]"#).await;

    let request = Request::upgrade(endpoint.target("transport=websocket"));
    let mut socket = WebSocket::opened(connect().await, &request).await;
    socket.join("/").await;
    // Large messages in both directions, because TLS records do not end where frames end.
    let text = "x".repeat(300_000);
    socket.send(&format!(r#"42["say","{text}"]"#)).await;
    socket.expect_text(&format!(r#"42["said","{text}"]"#)).await;
}

#[tokio::test]
async fn as_a_hyper_service_with_others() {
    let server = Server::new().build();
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let service = server.service();
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
            });
        }
    });
    Polling::joined(&endpoint).await;
    WebSocket::joined(&endpoint).await;
    let response = Connection::open(&endpoint).await.request(&Request::get("/other")).await;
    assert_eq!(response.status, 404);
}

#[tokio::test]
async fn shutting_down_refuses_newcomers_and_ends() {
    let (namespace, mut journal) = seen();
    let mut server = TestServer::start(Server::new().path("/here").namespace(namespace)).await;
    let mut socket = WebSocket::joined(&server.at("/here/")).await;
    journal.expect("connected").await;
    let mut idle = Connection::open(&server).await;
    assert_eq!(idle.request(&Request::get("/other")).await.status, 404);
    server.stop();
    socket.expect_close(None).await;
    journal.expect("disconnected: server shutting down").await;
    // An idle keep-alive connection does not delay the shutdown.
    assert!(idle.rest().await.is_empty());
    let address = server.address;
    drop(socket);
    server.stopped().await;
    // The port is closed, unless the system has reassigned it to another test's server, which does not serve this path.
    if let Ok(stream) = TcpStream::connect(address).await {
        let mut stranger = Connection::over(stream);
        assert_eq!(stranger.request(&Request::get("/here/?EIO=4&transport=polling")).await.status, 404);
    }
}

#[tokio::test]
async fn shutting_down_whatever_is_under_way() {
    let (namespace, mut journal) = seen();
    let options = Server::new().shutdown_timeout(std::time::Duration::from_secs(60)).namespace(namespace);
    let mut server = TestServer::start(options).await;
    let mut poll = Polling::joined(&server).await.wait().await;
    let posting = Polling::joined(&server).await;
    let probing = Polling::joined(&server).await;
    let request = Request::post(posting.target(), "42").header("Expect", "100-continue");
    let mut post = Connection::open(&server).await;
    post.send(request.head()).await;
    assert_eq!(post.response().await.expect("an interim answer").status, 100);
    let mut probe = WebSocket::beside(&server, &probing.sid).await;
    probe.send("2probe").await;
    probe.expect_text("3probe").await;
    let mut fragments = WebSocket::joined(&server).await;
    fragments.send_frame(&Frame::text("42").unfinished()).await;
    let mut half_a_request = Connection::open(&server).await;
    half_a_request.send("GET /socket.io/?EIO=4").await;
    let mut silent = Connection::open(&server).await;
    for _ in 0..4 {
        journal.expect("connected").await;
    }

    server.stop();
    for _ in 0..4 {
        journal.expect("disconnected: server shutting down").await;
    }
    assert_eq!(poll.response().await.expect("the poll's answer").answer(), (200, "1"));
    assert!(silent.rest().await.is_empty());
    probe.expect_close(None).await;
    fragments.expect_close(None).await;
    assert!(post.rest().await.is_empty(), "the post is not answered");
    // The server would wait for the rest of an incomplete request head until a timeout.
    drop(half_a_request);
    server.stopped().await;
}

#[tokio::test]
async fn a_closed_server_refuses() {
    let server = Server::new().build();
    let router = Router::new().route_service("/socket.io/", server.service());
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut socket = WebSocket::joined(&endpoint).await;
    let client = async move { socket.expect_close(None).await };
    tokio::join!(server.close(), client);
    let upgrade = Request::upgrade(endpoint.target("transport=websocket"));
    assert_eq!(Connection::open(&endpoint).await.request(&upgrade).await.status, 503);
    let open = Request::get(endpoint.target("transport=polling"));
    assert!(matches!(Connection::open(&endpoint).await.request(&open).await.status, 400..=599));
    assert_eq!(server.client_count(), 0);
}

#[tokio::test]
async fn shutting_down_with_nobody_there() {
    let mut server = TestServer::start(Server::new()).await;
    server.stop();
    server.stopped().await;
}

#[tokio::test]
async fn events_can_be_sent_from_outside() {
    let (namespace, mut journal) = seen();
    let server = Server::new().namespace(namespace).build();
    let router = Router::new().route_service("/socket.io/", server.service());
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut socket = WebSocket::joined(&endpoint).await;
    journal.expect("connected").await;
    drop(server.namespace::<crate::journal::Seen>().emit(crate::journal::Said("from outside".to_owned())));
    socket.expect_text(r#"42["said","from outside"]"#).await;
}
