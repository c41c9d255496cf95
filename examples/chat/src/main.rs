//! A chat server with a web page. Run it with `cargo run -p chat`. The namespace is in [`chat`], the page in `web/`.

mod chat;
mod frontend;

use std::{env, process::ExitCode};

use axum::Router;
use switchboard::ClientFiles;
use switchboard::prelude::*;
use switchboard::schema::Contract;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

use crate::chat::Chat;
use crate::frontend::Frontend;

#[tokio::main]
async fn main() -> ExitCode {
    // Handles `cargo run -p chat -- contract help` and the other contract commands.
    if let Some(exit) = Contract::of::<Chat>().command(env::args().skip(1)) {
        return exit;
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let Frontend { page, client } = frontend::prepare()?;
    // The page loads the client from here: `/socket.io/socket.io.esm.min.js`.
    let client = ClientFiles::dir(client).map_err(|error| error.to_string())?;
    let server = Server::new().namespace(Chat::default()).client_files(client).build();
    let app = Router::new()
        .route_service("/socket.io/", server.service())
        .route_service("/socket.io/{file}", server.service())
        .fallback_service(ServeDir::new(page));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let address = format!("127.0.0.1:{port}");
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|error| format!("Cannot listen on {address}: {error}. Another port: PORT=3001 cargo run -p chat"))?;
    println!("The chat is at http://{address} (Ctrl+C ends it)");

    let ended = async move {
        switchboard::shutdown_signal().await;
        server.close().await;
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(ended)
        .await
        .map_err(|error| format!("The server failed: {error}"))
}
