//! Long-polling: the GET and POST requests of an open session, and their responses.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll as Progress;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::{sleep, timeout};

use super::answers::{Body as AnswerBody, Delivery, Response, empty, response};
use super::codec::{Body, append_binary, append_text, v3};
use super::compression::{accepted, compress};
use super::options::Options;
use super::revision::Revision;
use super::session::Session;
use super::state::{PollAnswer, PostOutcome, Refusal};
use super::upload::Upload;

/// The content type of a binary payload.
const OF_BYTES: &str = "application/octet-stream";

/// The capacity of a response's header map. hyper parses the headers of the connection's next request into the same
/// map. With capacity for the usual headers it need not grow, which saves about 1,000 instructions per round trip.
const FIELDS: usize = 4;

/// How long a poll may wait until the response to the previous poll has been written. A well-behaved client has read
/// that response before it polls again, but the server may notice this a moment later, on another worker.
const OVERLAP: Duration = Duration::from_secs(1);

/// A poll: kept open until there are packets to send.
///
/// It does not keep its request, which would pin hyper's read buffer.
pub(super) struct Poll {
    pending: Pending,
    recipient: Recipient,
    /// The response to the previous poll was still being written when this poll arrived.
    overlaps: bool,
}

impl Poll {
    pub(super) fn begin(session: Arc<Session>, request: &Parts, options: &Options) -> Result<Self, Refusal> {
        let overlaps = {
            let mut state = session.state();
            state.begin_get()?;
            state.is_delivering()
        };
        let pending = Pending::new(session, Abort::Get);
        Ok(Self { pending, recipient: Recipient::of(request, options), overlaps })
    }

    pub(super) async fn answer(mut self) -> Response {
        // Boxed, so that the future of other polls does not include a timer.
        if self.overlaps && !Box::pin(self.previous_is_delivered()).await {
            self.pending.session.state().refuse_get();
            self.pending.done();
            return empty(StatusCode::BAD_REQUEST);
        }
        let session = self.pending.session.clone();
        let answer = poll_fn(|cx| session.poll_get(cx.waker())).await;
        self.pending.done();
        let (mut delivery, mut queued) = (None, 0);
        if let PollAnswer::Packets(packets) = &answer {
            if session.watch.is_active() {
                session.watch.sent(packets.payloads());
            }
            if packets.is_large() {
                delivery = Some(Delivery::new(session.clone()));
                queued = packets.bytes();
            }
        }
        let (body, is_binary) = payload(&answer, session.revision());
        // Dropped before compression, because the payload is a copy.
        drop(answer);
        session.observed.queued(queued);
        respond(compressed(body.into(), &self.recipient).await, is_binary, &self.recipient, delivery)
    }

    async fn previous_is_delivered(&self) -> bool {
        let delivered = poll_fn(|cx| self.pending.session.state().poll_delivered(cx.waker()));
        timeout(OVERLAP, delivered).await.is_ok()
    }
}

/// Handles a POST: reads the payload, passes it to the session's task, and responds when its packets have been
/// processed.
pub(super) async fn post<B: http_body::Body + Unpin>(
    session: Arc<Session>,
    request: &Parts,
    upload: &mut Upload<B>,
    options: &Options,
) -> Result<Response, Refusal> {
    session.state().begin_post()?;
    let mut pending = Pending::new(session, Abort::Post);
    let is_three = pending.session.revision().is_three();
    let is_binary = request.headers.get(CONTENT_TYPE).is_some_and(|t| t.as_bytes() == OF_BYTES.as_bytes());
    // Only revision 3 has binary payloads. Checked before the body is read, because a late response would let
    // connections accumulate.
    if is_binary && !is_three {
        return Ok(empty(StatusCode::BAD_REQUEST));
    }
    let body = match receive(&pending.session, upload, options).await {
        Ok(body) => body,
        // The session has already ended, so there is nothing to abort.
        Err(ReadError::Destroyed) => {
            upload.abandon();
            return Err(Refusal::Destroyed);
        }
        Err(ReadError::TooLarge) => {
            pending.session.state().cancel_post();
            pending.done();
            return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
        }
        // The body is incomplete or came too slowly. Dropping `pending` ends the session.
        Err(ReadError::Broken) => {
            upload.abandon();
            return Ok(empty(StatusCode::BAD_REQUEST));
        }
    };
    // Decoded as in the reference implementation. An invalid character makes only the packet that contains it fail.
    let text = |body| String::from_utf8(body).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    let body = match (is_three, is_binary) {
        (false, _) => Body::four(text(body)),
        (true, false) => Body::three(text(body)),
        (true, true) => Body::three_of_bytes(body),
    };
    pending.session.state().posted(body);
    let outcome = poll_fn(|cx| pending.session.state().poll_post(cx.waker())).await;
    pending.done();
    match outcome {
        PostOutcome::Destroyed => Err(Refusal::Destroyed),
        PostOutcome::Processed => {
            let mut headers = HeaderMap::with_capacity(FIELDS);
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response(StatusCode::OK, headers, Bytes::from_static(b"ok")))
        }
    }
}

/// The properties of the client that affect its response.
pub(super) struct Recipient {
    /// The minimum size for compression in bytes, and the coding. `None` if the response is not compressed.
    compression: Option<(usize, &'static str)>,
    /// Old versions of Internet Explorer block some payloads as XSS attacks.
    suspects_attacks: bool,
}

impl Recipient {
    pub(super) fn of(request: &Parts, options: &Options) -> Self {
        let agent = request.headers.get(USER_AGENT).and_then(|agent| std::str::from_utf8(agent.as_bytes()).ok());
        Self {
            compression: options
                .http_compression
                .and_then(|from| Some((from, accepted(&request.headers, &["gzip", "deflate"])?))),
            suspects_attacks: agent.is_some_and(|agent| agent.contains("Trident/") || agent.contains(";MSIE")),
        }
    }
}

/// The response to a handshake: the open packet, followed by the initial packet if there is one.
pub(super) async fn opening(
    open: Vec<u8>,
    initial: Option<Vec<u8>>,
    revision: Revision,
    recipient: &Recipient,
) -> Response {
    let mut body = open;
    if revision.is_three() {
        let open = std::mem::take(&mut body);
        std::iter::once(open).chain(initial).for_each(|packet| v3::append_text(&mut body, &packet));
    } else if let Some(initial) = initial {
        append_text(&mut body, &initial);
    }
    respond(compressed(body.into(), recipient).await, false, recipient, None)
}

/// Compresses the body if its recipient accepts that. Returns the coding too, or `None` if the body is uncompressed.
async fn compressed(body: Bytes, recipient: &Recipient) -> (Bytes, Option<&'static str>) {
    let wanted = recipient.compression.filter(|(from, _)| body.len() >= *from).map(|(_, coding)| coding);
    if let Some(coding) = wanted
        // Boxed, so that the future of other responses does not include it.
        && let Some(compressed) = Box::pin(compress(coding, &body)).await
    {
        return (compressed.into(), wanted);
    }
    (body, None)
}

/// The response to a poll or a handshake.
fn respond(
    (body, coding): (Bytes, Option<&'static str>),
    is_binary: bool,
    recipient: &Recipient,
    delivery: Option<Delivery>,
) -> Response {
    let body = match delivery {
        None => AnswerBody::from(body),
        Some(delivery) => match delivery.of(&body) {
            Some(body) => body,
            // The session has ended in the meantime.
            None => return response(StatusCode::OK, HeaderMap::new(), Bytes::from_static(b"1")),
        },
    };
    let content_type = if is_binary { OF_BYTES } else { "text/plain; charset=UTF-8" };
    let mut headers = HeaderMap::with_capacity(FIELDS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if recipient.suspects_attacks {
        headers.insert("x-xss-protection", HeaderValue::from_static("0"));
    }
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response(StatusCode::OK, headers, body)
}

/// Encodes the body of a response, and returns whether it is binary.
fn payload(answer: &PollAnswer, revision: Revision) -> (Vec<u8>, bool) {
    match revision.base64() {
        None => (payload_of_four(answer), false),
        Some(base64) => payload_of_three(answer, base64),
    }
}

#[cold]
fn payload_of_three(answer: &PollAnswer, base64: bool) -> (Vec<u8>, bool) {
    match answer {
        PollAnswer::Noop => (b"1:6".to_vec(), false),
        PollAnswer::Close => (b"1:1".to_vec(), false),
        PollAnswer::NoopAndClose => (b"1:61:1".to_vec(), false),
        PollAnswer::Packets(frames) => v3::payload(|| frames.payloads(), base64),
    }
}

fn payload_of_four(answer: &PollAnswer) -> Vec<u8> {
    match answer {
        PollAnswer::Noop => b"6".to_vec(),
        PollAnswer::Close => b"1".to_vec(),
        PollAnswer::NoopAndClose => b"6\x1e1".to_vec(),
        PollAnswer::Packets(frames) => {
            // The exact size: converting a vector with spare capacity into a body would allocate again.
            let size = |(is_binary, payload): (bool, &[u8])| {
                1 + if is_binary { 1 + payload.len().div_ceil(3) * 4 } else { payload.len() }
            };
            let mut out = Vec::with_capacity(frames.payloads().map(size).sum::<usize>().saturating_sub(1));
            for (is_binary, payload) in frames.payloads() {
                if is_binary {
                    append_binary(&mut out, payload);
                } else {
                    append_text(&mut out, payload);
                }
            }
            out
        }
    }
}

enum ReadError {
    /// The session has ended.
    Destroyed,
    TooLarge,
    Broken,
}

/// Reads the body, until `body_timeout` elapses or the session ends.
async fn receive<B: http_body::Body + Unpin>(
    session: &Session,
    upload: &mut Upload<B>,
    options: &Options,
) -> Result<Vec<u8>, ReadError> {
    let mut read = pin!(read(upload, options.max_payload));
    let mut patience = pin!(None);
    let mut asked = false;
    poll_fn(|cx| {
        if let Progress::Ready(read) = read.as_mut().poll(cx) {
            return Progress::Ready(read);
        }
        if !asked {
            // hyper starts to read the body on the first poll, and often has it on the second. Polling twice avoids a
            // timer.
            asked = true;
            cx.waker().wake_by_ref();
            return Progress::Pending;
        }
        if session.state().poll_destroyed(cx.waker()).is_ready() {
            return Progress::Ready(Err(ReadError::Destroyed));
        }
        if patience.is_none() {
            patience.set(Some(sleep(options.body_timeout)));
        }
        match patience.as_mut().as_pin_mut() {
            Some(patience) => patience.poll(cx).map(|()| Err(ReadError::Broken)),
            None => Progress::Pending,
        }
    })
    .await
}

/// Reads the body. Fails without reading if the announced length exceeds the limit.
async fn read<B: http_body::Body + Unpin>(upload: &mut Upload<B>, limit: usize) -> Result<Vec<u8>, ReadError> {
    if upload.announced() > limit as u64 {
        return Err(ReadError::TooLarge);
    }
    let mut out = Vec::new();
    while let Some(data) = upload.data().await {
        let mut data = data.map_err(|_| ReadError::Broken)?;
        if out.len() + data.remaining() > limit {
            return Err(ReadError::TooLarge);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            out.extend_from_slice(chunk);
            let length = chunk.len();
            data.advance(length);
        }
    }
    Ok(out)
}

#[derive(Clone, Copy)]
enum Abort {
    Get,
    Post,
}

/// A pending request. hyper drops it when the client disconnects, which ends the session.
struct Pending {
    session: Arc<Session>,
    abort: Option<Abort>,
}

impl Pending {
    fn new(session: Arc<Session>, abort: Abort) -> Self {
        Self { session, abort: Some(abort) }
    }

    fn done(&mut self) {
        self.abort = None;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        match self.abort {
            Some(Abort::Get) => self.session.state().abort_get(),
            Some(Abort::Post) => self.session.state().abort_post(),
            None => {}
        }
    }
}
