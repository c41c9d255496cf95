//! A voting server that exposes metrics at `/metrics`, in the Prometheus text format.

mod booth;

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use switchboard::{Handle, Server};

use crate::booth::Booth;

/// Upper bounds of the histogram buckets for durations, in seconds.
const BUCKETS: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
/// Interval at which the exporter moves recorded durations into buckets. Without this, they accumulate until a scrape.
const UPKEEP: Duration = Duration::from_secs(5);

/// Returns the program's routes, and the server, which the caller closes on shutdown.
///
/// # Errors
///
/// Fails if a metrics recorder is already installed.
pub fn app() -> Result<(Router, Handle), BuildError> {
    // The server registers its metrics when it is built, so the recorder must be installed first.
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
