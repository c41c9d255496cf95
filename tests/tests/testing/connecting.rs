//! Clients that the server accepts, and clients that it refuses.

use std::net::SocketAddr;

use switchboard::prelude::*;
use switchboard::testing::TestServer;

use crate::desk::*;

#[tokio::test(start_paused = true)]
async fn a_client_is_a_socket_of_the_server() {
    let (app, ann, bob) = ann_and_bob().await;
    assert_eq!((ann.name(), ann.path()), ("Ann", "/desk"));
    assert_eq!(ann.socket().session(), &Card { name: "Ann".to_owned() });
    let mut ids = app.namespace::<Desk>().socket_ids();
    let mut expected = [ann.id().to_owned(), bob.id().to_owned()];
    ids.sort();
    expected.sort();
    assert_eq!((ids, app.client_count()), (expected.to_vec(), 2));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_refuses_with_message_and_data() {
    let app = desk();
    let refused = app.client::<Desk>("Mallory").auth(&Card { name: "Mallory".to_owned() }).connect().await.unwrap_err();
    assert_eq!(refused.message(), "you are not welcome");
    assert_eq!(refused.data::<[String; 2]>(), ["since", "1978"]);
    assert_eq!(refused.status(), None);
    let refused = app.client::<Desk>("nobody").connect().await.unwrap_err();
    assert!(refused.message().starts_with("auth"), "{refused}");
    app.settle().await;
    assert_eq!(app.client_count(), 0);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "the refusal \"auth: missing field `name`\" carries no data")]
async fn data_has_to_be_there() {
    desk().client::<Desk>("nobody").connect().await.unwrap_err().data::<u8>();
}

#[tokio::test(start_paused = true)]
async fn a_server_refuses_a_connection() {
    let server = Server::new().namespace(Cabin).allow_request(|request| {
        let admitted = request.headers.get("x-ticket").is_some_and(|ticket| ticket == "return");
        async move { if admitted { Ok(()) } else { Err("tickets, please".to_owned()) } }
    });
    let app = TestServer::new(server);
    let refused = app.client_at::<Cabin>("/cabin-1", "Ann").connect().await.unwrap_err();
    assert_eq!((refused.message(), refused.status()), ("tickets, please", Some(400)));
    let ann = app.client_at::<Cabin>("/cabin-1", "Ann").header("X-Ticket", "return").connect().await;
    assert!(ann.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_at_another_path_sees_the_request() {
    let address: SocketAddr = "192.0.2.7:80".parse().unwrap();
    let app = TestServer::new(Server::new().path("/elsewhere").namespace(Cabin));
    let client = app.client_at::<Cabin>("/cabin-1", "Ann");
    let ann = client.header("Accept-Language", "fr").query("q", "a&b=c d").address(address).connect().await.unwrap();
    let socket = ann.socket();
    let handshake = socket.handshake();
    assert!(handshake.uri().starts_with("/elsewhere/?EIO=4&transport=websocket"));
    assert_eq!(handshake.header("accept-language"), Some("fr"));
    assert_eq!(handshake.query("q").as_deref(), Some("a&b=c d"));
    assert_eq!(handshake.address(), Some(address));
}

#[tokio::test(start_paused = true)]
async fn one_client_is_in_several_namespaces() {
    let app = desk();
    let ann = enter(&app, "Ann").await;
    let rising = app.client_at::<Cabin>("/cabin-3", "Ann, rising").beside(&ann).connect().await.unwrap();
    let sinking = app.client_at::<Cabin>("/cabin-4", "Ann, sinking").beside(&ann).connect().await.unwrap();
    assert_eq!(app.client_count(), 1);

    rising.send("go", (true,));
    assert_eq!(rising.expect::<Moved>().await, Moved(3, None));
    sinking.expect_nothing().await;
    ann.expect_nothing().await;
    sinking.send("go", (false,));
    assert_eq!(sinking.expect::<Moved>().await, Moved(-4, None));

    ann.cut();
    rising.expect_disconnect().await;
    sinking.expect_disconnect().await;
    app.settle().await;
    assert_eq!(app.client_count(), 0);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Godot` wants to connect to `/desk`, and is not answered")]
async fn who_is_not_answered_is_not_waited_for_any_longer() {
    let app = desk();
    let client = app.client::<Desk>("Godot").auth(&Card { name: "Godot".to_owned() });
    let _ = client.connect().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`client_at` takes one of them")]
async fn a_pattern_has_no_path_of_its_own() {
    let _ = desk().client::<Cabin>("Ann");
}
