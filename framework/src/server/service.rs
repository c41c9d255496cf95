//! The server as a service: for hyper, and for tower and what stands on it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response, StatusCode};

use crate::engine::{Engine, ResponseBody, ServeError};
use crate::namespace::SocketIo;

/// The body of the service's answers.
pub type Body = ResponseBody;

/// The server as a service. Requests for other paths than the server's are answered with 404.
///
/// A layer that gives requests a time limit must allow more than the ping interval: a poll is held open until there
/// is something to say, and one that is dropped ends its session.
///
/// It implements hyper's `Service` and, with the feature `tower`, `tower::Service`, so that an axum `Router`
/// mounts it with `route_service`:
///
/// ```
/// # #[cfg(feature = "tower")] {
/// use switchboard::Server;
///
/// let io = Server::new().build();
/// let app: axum::Router = axum::Router::new()
///     .route("/", axum::routing::get(|| async { "hello" }))
///     .route_service("/socket.io/", io.service());
/// # }
/// ```
#[derive(Clone)]
pub struct Service {
    engine: Arc<Engine<Arc<SocketIo>>>,
}

impl Service {
    pub(super) fn new(engine: Arc<Engine<Arc<SocketIo>>>) -> Self {
        Self { engine }
    }

    /// Whether the service answers requests for this path.
    pub fn handles(&self, path: &str) -> bool {
        self.engine.options.matches(path)
    }

    /// Answers one request. The error wants the connection closed without an answer.
    ///
    /// # Errors
    ///
    /// See [`ServeError`].
    pub async fn respond<B>(self, request: Request<B>) -> Result<Response<Body>, ServeError>
    where
        B: http_body::Body,
    {
        if self.handles(request.uri().path()) { self.engine.handle(request, None).await } else { Ok(not_found()) }
    }
}

pub(super) fn not_found() -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("options", &self.engine.options).finish_non_exhaustive()
    }
}

impl<B> hyper::service::Service<Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = ServeError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, request: Request<B>) -> Self::Future {
        Box::pin(self.clone().respond(request))
    }
}

#[cfg(feature = "tower")]
impl<B> tower_service::Service<Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let respond = self.clone().respond(request);
        Box::pin(async move {
            // A tower service cannot drop the connection; it can ask for its end.
            Ok(respond.await.unwrap_or_else(|_| {
                let mut response = Response::new(Body::default());
                *response.status_mut() = StatusCode::BAD_REQUEST;
                let close = http::HeaderValue::from_static("close");
                response.headers_mut().insert(http::header::CONNECTION, close);
                response
            }))
        })
    }
}
