//! Runs the voting server. Start it with `cargo run -p observed`.

use std::env;
use std::error::Error;

use tokio::net::TcpListener;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let wanted = env::var("RUST_LOG").unwrap_or_else(|_| "info,switchboard=debug".to_owned());
    let log = tracing_subscriber::fmt::layer();
    tracing_subscriber::registry().with(log).with(wanted.parse::<Targets>()?).init();

    let (app, server) = observed::app()?;
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    tracing::info!("metrics are at http://{}/metrics", listener.local_addr()?);
    let ended = async move {
        switchboard::shutdown_signal().await;
        server.close().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(ended).await?;
    Ok(())
}
