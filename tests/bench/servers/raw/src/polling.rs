//! The part of long-polling that an echo needs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::Notify;

use crate::contract::{Act, OPEN, State};
use crate::tasks::lock;

/// Separates the packets of a body.
const SEPARATOR: u8 = 0x1e;

#[derive(Default)]
struct Session {
    packets: Mutex<Vec<Bytes>>,
    bell: Notify,
}

static SESSIONS: LazyLock<Mutex<HashMap<u64, Arc<Session>>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(1);

pub async fn respond(request: Request<Incoming>) -> Response<Full<Bytes>> {
    let sid = request.uri().query().unwrap_or("").split('&').find_map(|pair| pair.strip_prefix("sid="));
    let Some(sid) = sid else { return open() };
    let session = sid.parse::<u64>().ok().and_then(|id| lock(&SESSIONS).get(&id).cloned());
    let Some(session) = session else { return bad_request() };
    if request.method() == Method::POST { post(&session, request.into_body()).await } else { get(&session).await }
}

fn open() -> Response<Full<Bytes>> {
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    lock(&SESSIONS).insert(id, Arc::default());
    text(OPEN.replace("aaaaaaaaaaaaaaaaaaaa", &id.to_string()))
}

async fn post(session: &Session, body: Incoming) -> Response<Full<Bytes>> {
    let Ok(body) = body.collect().await else { return bad_request() };
    let mut state = State::default();
    for packet in body.to_bytes().split(|byte| *byte == SEPARATOR) {
        if let Act::Reply(frame) = state.text(packet) {
            lock(&session.packets).push(frame.payload());
            session.bell.notify_one();
        }
    }
    text("ok")
}

async fn get(session: &Session) -> Response<Full<Bytes>> {
    loop {
        let packets = std::mem::take(&mut *lock(&session.packets));
        if !packets.is_empty() {
            return text(packets.join(&SEPARATOR));
        }
        session.bell.notified().await;
    }
}

fn text(body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    let kind = hyper::header::HeaderValue::from_static("text/plain; charset=UTF-8");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    response
}

pub fn bad_request() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
