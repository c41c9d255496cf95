//! The byte stream of a WebSocket: a TCP stream if possible, otherwise the upgraded connection of hyper.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::task::coop::has_budget_remaining;

use super::writer::{MAX_SLICES, Writer};
use crate::engine::outbox::Outbox;

/// A byte stream. Using the TCP stream directly saves a `dyn` call per read and write.
pub(crate) enum Stream {
    Tcp {
        read: OwnedReadHalf,
        write: Writer,
        /// The task to wake when data arrives.
        reader: Option<Reader>,
    },
    Other(Box<TokioIo<Upgraded>>),
}

/// The task that reads, with the waker that is registered with the stream.
pub(crate) struct Reader {
    alarm: Arc<Alarm>,
    waker: Waker,
}

/// Wakes the task and records that it did. A registered waker is woken once, which may be late, for data that has
/// already been read. So a wake-up does not mean that there is data to read, but it does mean that no waker is
/// registered any longer.
struct Alarm {
    task: Waker,
    /// `true` if no waker is registered with the stream.
    off: AtomicBool,
}

impl Reader {
    fn new(task: &Waker) -> Self {
        let alarm = Arc::new(Alarm { task: task.clone(), off: AtomicBool::new(true) });
        Self { waker: alarm.clone().into(), alarm }
    }

    /// Returns the reader of this task. The session's task takes the connection over from the task that probed it.
    fn of<'a>(reader: &'a mut Option<Self>, task: &Waker) -> &'a Self {
        if reader.as_ref().is_some_and(|reader| !reader.is(task)) {
            *reader = None;
        }
        reader.get_or_insert_with(|| Self::new(task))
    }

    fn is(&self, task: &Waker) -> bool {
        self.alarm.task.will_wake(task)
    }

    /// Registers with the stream, unless the stream is ready.
    fn register<T>(&self, poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        // Set before registering, because the waker may be called at once.
        self.alarm.off.store(false, Ordering::Relaxed);
        let polled = poll(&mut Context::from_waker(&self.waker));
        // If the coop budget is used up (also by handlers), the task is woken at once and nothing is registered.
        if polled.is_ready() || !has_budget_remaining() {
            self.alarm.off.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.off.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

impl Stream {
    /// A writer for other threads. `None` if only the task can write.
    pub(crate) fn writer(&self) -> Option<Writer> {
        match self {
            Self::Tcp { write, .. } => Some(write.clone()),
            Self::Other(_) => None,
        }
    }

    /// Returns the stream of an upgraded request, and the bytes that the peer sent after the request.
    pub(crate) fn new(upgraded: Upgraded) -> (Self, Vec<u8>) {
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            // `read_buf` owns hyper's whole buffer even if it is empty. Its content is copied so that the buffer can be
            // dropped.
            Ok(parts) => {
                let (read, write) = parts.io.into_inner().into_split();
                (Self::Tcp { read, write: Writer::new(write), reader: None }, parts.read_buf.to_vec())
            }
            Err(upgraded) => (Self::Other(Box::new(TokioIo::new(upgraded))), Vec::new()),
        }
    }

    /// Returns `true` if a read may succeed or is needed to register the waker. Most runs for a recipient of broadcasts
    /// have nothing to read, and this check is cheaper than registering again.
    #[inline(always)]
    pub(crate) fn may_read(&self, cx: &Context<'_>) -> bool {
        match self {
            Self::Tcp { reader: Some(reader), .. } => {
                reader.alarm.off.load(Ordering::Acquire) || !reader.is(cx.waker())
            }
            Self::Tcp { reader: None, .. } | Self::Other(_) => true,
        }
    }

    /// Returns `true` if there is more to read after a read. Otherwise the task is woken when data arrives, which saves
    /// a read that returns nothing.
    #[inline(never)]
    pub(crate) fn has_more(&mut self, cx: &Context<'_>) -> bool {
        match self {
            Self::Tcp { read, reader, .. } => {
                Reader::of(reader, cx.waker()).register(|cx| read.as_ref().poll_read_ready(cx)).is_ready()
            }
            Self::Other(_) => true,
        }
    }

    /// Reads into `buffer`. 0 bytes mean the end of the stream.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        match self {
            Self::Tcp { read, reader, .. } => {
                let reader = Reader::of(reader, cx.waker());
                ready!(reader.register(|cx| Pin::new(read).poll_read(cx, &mut buffer)))?;
            }
            Self::Other(stream) => ready!(Pin::new(stream).poll_read(cx, &mut buffer))?,
        }
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Writes as many bytes as one system call accepts.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, outbox: &Outbox) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp { write, .. } => write.poll_write(cx, outbox),
            Self::Other(stream) => {
                let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                let count = outbox.slices(&mut slices);
                Pin::new(stream).poll_write_vectored(cx, &slices[..count])
            }
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            // A TCP stream has no write buffer.
            Self::Tcp { .. } => Poll::Ready(Ok(())),
            Self::Other(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp { write, .. } => write.poll_shutdown(cx),
            Self::Other(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// Counts how often a task was woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Reads all available data.
    fn drain(stream: &mut Stream, cx: &mut Context<'_>) -> usize {
        let (mut total, mut buffer) = (0, [0; 64]);
        while stream.may_read(cx)
            && let Poll::Ready(read) = stream.poll_read(cx, &mut buffer)
        {
            total += read.expect("an open connection");
        }
        total
    }

    #[tokio::test]
    async fn who_is_woken_for_nothing_is_woken_again_for_something() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (read, write) = listener.accept().await.unwrap().0.into_split();
        let mut stream = Stream::Tcp { read, write: Writer::new(write), reader: None };
        let woken = Arc::<Woken>::default();
        let (task, other) = (Waker::from(woken.clone()), Waker::noop());
        let mut cx = Context::from_waker(&task);
        assert_eq!(drain(&mut stream, &mut cx), 0);
        assert!(!stream.may_read(&cx), "it is registered");
        for round in 1..=3 {
            // A late event for data that has already been read consumes the registration and wakes the task.
            let Stream::Tcp { read, reader: Some(reader), .. } = &mut stream else { panic!("a TCP stream") };
            let mut nothing = ReadBuf::new(&mut []);
            assert!(Pin::new(read).poll_read(&mut Context::from_waker(other), &mut nothing).is_pending());
            reader.waker.wake_by_ref();
            assert_eq!(woken.0.load(Ordering::SeqCst), 2 * round - 1);
            assert_eq!(drain(&mut stream, &mut cx), 0);
            peer.write_all(b"news").await.unwrap();
            let waking = async {
                while woken.0.load(Ordering::SeqCst) < 2 * round {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(10), waking).await.expect("it is woken");
            assert_eq!(drain(&mut stream, &mut cx), 4);
        }
    }
}
