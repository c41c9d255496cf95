//! A received event in reusable memory.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;

#[cfg(feature = "msgpack")]
use super::msgpack::Packed;
use super::payload::Payload;
use crate::protocol::{Head, Name, Place};

/// The maximum capacity of the text that a thread keeps for the next event, in bytes.
const MAX_SPARE: usize = 4096;

thread_local! {
    static SPARE: Cell<Option<Box<Event>>> = const { Cell::new(None) };
}

/// A pointer to an event. An event is copied out of a connection's buffer, moved several times and usually dropped
/// soon. Its memory is then kept for the next event.
#[derive(Debug)]
pub(super) struct Received(Option<Box<Event>>);

#[derive(Debug)]
pub(super) struct Event {
    pub(super) payload: Payload,
    pub(super) name: Name,
    /// The range of the first argument, until it has been read.
    pub(super) first: Option<Place>,
    /// The offset in the JSON after the last argument that was read.
    pub(super) cursor: u32,
    /// The number of arguments that have been read.
    pub(super) position: u32,
}

impl Received {
    #[inline(always)]
    pub(super) fn new(json: &str, attachments: Vec<Bytes>, head: Head) -> Self {
        // While the thread exits, the thread-local is not available.
        let spare = if json.len() <= MAX_SPARE { SPARE.try_with(Cell::take).ok().flatten() } else { None };
        let mut event = spare.unwrap_or_default();
        event.payload.json.push_str(json);
        // The replaced vector is empty and owns no memory. Forgetting it avoids a call to drop it.
        std::mem::forget(std::mem::replace(&mut event.payload.attachments, attachments));
        event.name = head.name;
        event.first = head.argument;
        event.cursor = head.end;
        event.position = 0;
        Received(Some(event))
    }
}

impl Received {
    /// Like [`new`](Self::new), for an event received as MessagePack, which needs no copy.
    #[cfg(feature = "msgpack")]
    pub(super) fn packed(packed: Box<Packed>, head: Head) -> Self {
        let mut received = Received::new("", Vec::new(), head);
        received.payload.packed = Some(packed);
        received
    }
}

impl Default for Event {
    fn default() -> Self {
        Event { payload: Payload::default(), name: Name::EMPTY, first: None, cursor: 0, position: 0 }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        let Some(mut event) = self.0.take() else { return };
        if event.payload.json.capacity() <= MAX_SPARE {
            event.payload.json.clear();
            if event.payload.attachments.capacity() > 0 {
                event.payload.attachments = Vec::new();
            }
            #[cfg(feature = "msgpack")]
            {
                event.payload.packed = None;
            }
            event.name = Name::EMPTY;
            let _ = SPARE.try_with(|spare| spare.set(Some(event)));
        }
    }
}

impl Deref for Received {
    type Target = Event;

    #[inline]
    fn deref(&self) -> &Event {
        self.0.as_ref().expect("an event is there until it is dropped")
    }
}

impl DerefMut for Received {
    #[inline]
    fn deref_mut(&mut self) -> &mut Event {
        self.0.as_mut().expect("an event is there until it is dropped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(json: &str) -> Received {
        Received::new(json, vec![Bytes::from_static(b"x")], Head::of(json).unwrap())
    }

    #[test]
    fn the_memory_of_a_small_event_is_used_again_and_holds_nothing_of_it() {
        let first = received(r#"["\u0061",1]"#);
        let memory = first.payload.json.as_ptr();
        drop(first);
        let spare = SPARE.take().unwrap();
        assert_eq!((&*spare.payload.json, spare.payload.attachments.len(), &spare.name), ("", 0, &Name::EMPTY));
        SPARE.set(Some(spare));
        let second = received(r#"["b"]"#);
        assert_eq!((&*second.payload.json, second.payload.json.as_ptr()), (r#"["b"]"#, memory));
        assert_eq!((second.first, second.cursor, second.position), (None, 4, 0));
        let third = received(r#"["c"]"#);
        assert_eq!((&*second.payload.json, &*third.payload.json), (r#"["b"]"#, r#"["c"]"#));
    }

    #[test]
    fn no_thread_keeps_a_large_text() {
        drop(received(&format!("[\"{}\"]", "x".repeat(MAX_SPARE))));
        assert!(SPARE.take().is_none());
    }
}
