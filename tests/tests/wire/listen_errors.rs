//! The errors and log lines of a server that starts to listen.

use std::net::TcpListener;

use switchboard::Server;

#[tokio::test]
async fn an_address_in_use_is_named_in_the_error() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let error = Server::new().serve(&*address).await.expect_err("the address is in use");
    assert!(error.is_address_in_use());
    let expected = format!("cannot listen on {address}: Address already in use");
    assert!(error.to_string().starts_with(&expected), "{error}");
    // A `main` that returns the error prints it with `Debug`.
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[tokio::test]
async fn an_address_that_does_not_resolve_is_named_in_the_error() {
    let error = Server::new().serve("localhost").await.expect_err("the port is missing");
    assert_eq!(error.to_string(), "cannot listen on localhost: invalid socket address");
}
