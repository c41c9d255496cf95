//! A voting booth that can be watched: its metrics are at `/metrics`, in the text form that Prometheus scrapes.

mod booth;

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use switchboard::{Handle, Server};

use crate::booth::Booth;

/// The bounds of what Prometheus tells apart in durations, in seconds.
const BUCKETS: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
/// How often measured durations are put into their buckets, whether or not anybody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// The program's routes, and its server to close at the end.
///
/// # Errors
///
/// When there is a recorder of metrics already.
pub fn app() -> Result<(Router, Handle), BuildError> {
    // Before the server: what it counts with is made when it is.
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    tokio::spawn(keep_up(metrics.clone()));

    let server = Server::new().namespace(Booth::new(&["tea", "coffee"])).build();
    let app = Router::new()
        .route("/metrics", get(move || async move { metrics.render() }))
        .route_service("/socket.io/", server.service());
    Ok((app, server))
}

async fn keep_up(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        metrics.run_upkeep();
    }
}
