//! The server as a service for hyper, and for tower-based frameworks such as axum.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::header::ORIGIN;
use http::request::Parts;
use http::{Request, Response, StatusCode};

use super::client_files::ClientFiles;
use crate::engine::head::check_host;
use crate::engine::{Body, Engine, ServeError, Source, Upload, refuse};
use crate::namespace::SocketIo;

/// The server as a service. Requests for other paths than the server's get 404.
///
/// A layer with a request timeout must allow more than the ping interval: a poll stays open until there are packets to
/// send, and dropping it ends its session.
///
/// It implements hyper's `Service` and, with the feature `tower`, `tower::Service`. An axum `Router` mounts it with
/// `route_service`:
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
///
/// [`Server::client_files`](crate::Server::client_files) requires a second route for the files:
/// `.route_service("/socket.io/{file}", io.service())`.
#[derive(Clone)]
pub struct Service {
    engine: Arc<Engine<Arc<SocketIo>>>,
    files: Option<Arc<ClientFiles>>,
}

impl Service {
    pub(super) fn new(engine: Arc<Engine<Arc<SocketIo>>>, files: Option<Arc<ClientFiles>>) -> Self {
        Self { engine, files }
    }

    /// Returns `true` if the service handles this path.
    pub fn handles(&self, path: &str) -> bool {
        self.engine.options.matches(path) || self.file(path).is_some()
    }

    /// The name of the client file at this path.
    fn file<'a>(&self, path: &'a str) -> Option<&'a str> {
        file_name(&self.engine, path).filter(|name| self.files.as_deref().is_some_and(|files| files.has(name)))
    }

    /// Handles one request. If it fails, close the connection without a response.
    ///
    /// # Errors
    ///
    /// See [`ServeError`].
    pub async fn respond<B>(self, request: Request<B>) -> Result<Response<Body>, ServeError>
    where
        B: http_body::Body + Send + 'static,
    {
        let (mut parts, body) = request.into_parts();
        let body = Box::pin(body);
        if self.engine.options.matches(parts.uri.path()) {
            return self.engine.handle(&mut parts, body, Source::Mounted).await;
        }
        Ok(other(&self.engine, self.files.as_deref(), &parts, body).await)
    }
}

/// The response to a request for another path than the engine's: a client file, or 404.
pub(super) async fn other<B>(
    engine: &Arc<Engine<Arc<SocketIo>>>,
    files: Option<&ClientFiles>,
    request: &Parts,
    body: B,
) -> Response<Body>
where
    B: http_body::Body + Unpin + Send + 'static,
{
    let upload = Upload::new(body);
    if upload.is_arriving(&request.headers) {
        engine.discard(upload);
    }
    if let Err(kind) = check_host(request) {
        engine.observed.refused(&kind);
        return refuse(&kind);
    }
    match files {
        Some(files) => client_file(engine, files, request).await.unwrap_or_else(not_found),
        None => not_found(),
    }
}

/// The response to a request for a client file. The engine's CORS options apply.
async fn client_file(engine: &Engine<Arc<SocketIo>>, files: &ClientFiles, request: &Parts) -> Option<Response<Body>> {
    let name = file_name(engine, request.uri.path())?;
    let mut answer = files.answer(name, &request.method, &request.headers).await?;
    if let Some(cors) = &engine.options.cors {
        if let Some(headers) = cors.preflight(request) {
            answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            *answer.headers_mut() = headers;
        } else {
            cors.decorate(request.headers.get(ORIGIN), answer.headers_mut());
        }
    }
    Some(answer)
}

/// The part of the path after the engine's path, as the name of a file.
fn file_name<'a>(engine: &Engine<Arc<SocketIo>>, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(engine.options.path.as_str())?.strip_prefix('/')
}

fn not_found() -> Response<Body> {
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
            // A tower service cannot close the connection, but it can ask for that.
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
