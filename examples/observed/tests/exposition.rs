//! Tests the scraped metrics after known traffic.

use switchboard_tests::{Connection, Endpoint, Request, WebSocket};
use tokio::net::TcpListener;

async fn scrape(endpoint: &Endpoint) -> String {
    let response = Connection::open(endpoint).await.request(&Request::get("/metrics")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
    response.text().to_owned()
}

#[tokio::test]
async fn the_scraped_text_says_what_happened() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = Endpoint::new(listener.local_addr().expect("an address"));
    let (app, _server) = observed::app().expect("no other recorder");
    tokio::spawn(async move { axum::serve(listener, app).await });

    let (mut voter, mut other) = (WebSocket::open(&endpoint).await, WebSocket::open(&endpoint).await);
    voter.join("/booth").await;
    other.join("/booth").await;
    for (vote, answer) in [
        (r#"["vote","tea"]"#, r#"[{"coffee":0,"tea":1}]"#),
        (r#"["vote","tea"]"#, r#"[{"coffee":0,"tea":2}]"#),
        (r#"["vote","water"]"#, r#"[{"error":{"choices":["coffee","tea"]}}]"#),
        (r#"["no such event"]"#, r#"[{"error":{"message":"no handler for `no such event`"}}]"#),
    ] {
        voter.send(&format!("42/booth,1{vote}")).await;
        voter.expect_text(&format!("43/booth,1{answer}")).await;
    }
    for count in 1..=2 {
        other.expect_text(&format!(r#"42/booth,["tally",{{"coffee":0,"tea":{count}}}]"#)).await;
    }
    voter.send(r#"42/booth,2["count heads"]"#).await;
    other.expect_text(r#"42/booth,0["are you there?"]"#).await;
    other.send("43/booth,0[true]").await;
    voter.expect_text("43/booth,2[1]").await;

    let text = scrape(&endpoint).await;
    for line in [
        "# TYPE switchboard_connections gauge",
        r#"switchboard_connections{transport="websocket"} 2"#,
        "# HELP switchboard_sockets Sockets that are connected.",
        r#"switchboard_sockets{namespace="/booth"} 2"#,
        "# TYPE switchboard_events_received_total counter",
        r#"switchboard_events_received_total{namespace="/booth",event="vote"} 3"#,
        r#"switchboard_events_received_total{namespace="/booth",event="other"} 1"#,
        "# TYPE switchboard_handler_seconds histogram",
        r#"switchboard_handler_seconds_bucket{namespace="/booth",event="vote",le="+Inf"} 3"#,
        r#"switchboard_handler_seconds_count{namespace="/booth",event="vote"} 3"#,
        r#"switchboard_handler_errors_total{namespace="/booth",event="vote",kind="failed"} 1"#,
        r#"switchboard_handler_errors_total{namespace="/booth",event="other",kind="unhandled"} 1"#,
        r#"switchboard_acks_sent_total{namespace="/booth"} 5"#,
        r#"switchboard_deliveries_total{namespace="/booth",outcome="sent"} 3"#,
        r#"switchboard_acks_awaited_total{namespace="/booth",outcome="answered"} 1"#,
        r#"switchboard_events_waiting{namespace="/booth"} 0"#,
        "switchboard_queued_bytes 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
