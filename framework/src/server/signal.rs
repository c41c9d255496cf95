//! The signals that ask a program to end.

use std::future::{Future, poll_fn};
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// Returns a future that completes when the program is asked to end: by Ctrl+C (SIGINT), or by SIGTERM, which Docker,
/// Kubernetes and systemd send. On Windows: by Ctrl+C.
///
/// From the call on, these signals no longer end the program by themselves. A signal whose handler cannot be installed
/// keeps its default action.
///
/// Pass the future to [`serve_with_shutdown`](crate::Server::serve_with_shutdown) or to axum's `with_graceful_shutdown`:
///
/// ```no_run
/// # use switchboard::Server;
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// let report = Server::new().serve_with_shutdown(listener, switchboard::shutdown_signal()).await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// If called outside of a tokio runtime, or in one without `enable_io`.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let mut signals: Vec<Signal> =
        [SignalKind::interrupt(), SignalKind::terminate()].into_iter().filter_map(|kind| signal(kind).ok()).collect();
    #[cfg(windows)]
    let mut signals: Vec<CtrlC> = ctrl_c().into_iter().collect();
    poll_fn(move |context| {
        let received = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if received { Poll::Ready(()) } else { Poll::Pending }
    })
}
