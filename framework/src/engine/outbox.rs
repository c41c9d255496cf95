//! The write queue of one peer. Small frames are copied into one buffer; large ones are shared.
//!
//! Most queues fit one system call. The buffer for small frames is kept for later frames until `rest` drops it.
//! Borrowing the thread's spare buffer instead would cost an allocation and a deallocation per flush whenever one
//! thread fills the queue and another flushes it.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;

use super::codec::v3;
use super::frame::{Frame, Written, payloads};

/// The size at which the buffer of copied frames is full and a new one is started.
const PIECE: usize = 16 * 1024;
/// A poll response up to this size fits the buffers that each connection has anyway.
const SMALL_ANSWER: usize = 16 * 1024;
/// The initial capacity for pieces.
const PIECES: usize = 32;
/// A buffer up to this size is kept for later frames.
const KEPT: usize = 2048;
/// A buffer up to this size is kept even while the session is idle.
const KEPT_AT_REST: usize = 128;

/// Queued frames. The first piece may have been sent in part.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// The pieces before the tail. Each is one shared frame or several copied frames.
    pieces: VecDeque<Arc<Written>>,
    /// Copied frames. More frames can be appended.
    tail: Vec<u8>,
    /// The number of frames queued since the queue was last empty.
    frames: usize,
    /// The number of bytes left to send.
    bytes: usize,
    /// The number of bytes of the first piece (or of the tail if `pieces` is empty) that have been sent.
    sent: usize,
}

impl Outbox {
    #[inline]
    pub(super) fn push(&mut self, frame: &Frame) {
        self.frames += 1;
        self.bytes += frame.len();
        match frame.shared() {
            Some(shared) => self.push_piece(shared.clone()),
            None => {
                if self.tail.len() >= PIECE {
                    self.seal_tail();
                }
                if self.tail.capacity() - self.tail.len() < frame.len() {
                    self.make_room(self.tail.len() + frame.len());
                }
                self.tail.extend_from_slice(frame.bytes());
            }
        }
    }

    /// Grows the tail to one of three sizes, because each step copies it: the idle limit, the limit between flushes, or
    /// a full piece.
    #[cold]
    fn make_room(&mut self, needed: usize) {
        let size = [KEPT_AT_REST, KEPT, PIECE].into_iter().find(|size| needed <= *size).unwrap_or(needed);
        self.tail.reserve_exact(size - self.tail.len());
    }

    fn push_piece(&mut self, piece: Arc<Written>) {
        if !self.tail.is_empty() {
            self.seal_tail();
        }
        if self.pieces.capacity() == 0 {
            self.pieces.reserve(PIECES);
        }
        self.pieces.push_back(piece);
    }

    /// Ends the tail so that another piece can follow it.
    #[cold]
    fn seal_tail(&mut self) {
        self.pieces.push_back(Arc::new(Written::exactly(std::mem::take(&mut self.tail))));
    }

    /// Takes everything from `other`, whose first piece may have been sent in part. This queue must be empty.
    pub(super) fn take_from(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.tail, &mut other.tail);
        if !other.pieces.is_empty() {
            std::mem::swap(&mut self.pieces, &mut other.pieces);
        }
        self.frames = std::mem::take(&mut other.frames);
        self.bytes = std::mem::take(&mut other.bytes);
        self.sent = std::mem::take(&mut other.sent);
    }

    /// Re-encodes binary frames for a WebSocket of Engine.IO revision 3: with a type byte in front, or as base64 text.
    /// Call it before anything is sent. Pieces without binary frames are not copied.
    #[cold]
    pub(super) fn revise(&mut self, base64: bool) {
        if self.payloads().all(|(is_binary, _)| !is_binary) {
            return;
        }
        let old = std::mem::take(self);
        for piece in &old.pieces {
            if payloads(piece.bytes()).any(|(is_binary, _)| is_binary) {
                self.push_revised(piece.bytes(), base64);
            } else {
                self.frames += payloads(piece.bytes()).count();
                self.bytes += piece.bytes().len();
                self.push_piece(piece.clone());
            }
        }
        self.push_revised(&old.tail, base64);
    }

    fn push_revised(&mut self, frames: &[u8], base64: bool) {
        for (is_binary, payload) in payloads(frames) {
            let frame = match (is_binary, base64) {
                (false, _) => Frame::text(payload),
                (true, true) => Frame::text(&v3::base64_packet(payload)),
                (true, false) => Frame::binary(&[&[v3::MESSAGE], payload].concat()),
            };
            self.push(&frame);
        }
    }

    /// Puts a frame before all others, but after a piece that has been sent in part.
    pub(super) fn push_first(&mut self, frame: &Frame) {
        self.frames += 1;
        self.bytes += frame.len();
        if self.sent > 0 && self.pieces.is_empty() {
            self.seal_tail();
        }
        let at = usize::from(self.sent > 0);
        self.pieces.insert(at, Arc::new(Written::exactly(frame.bytes().to_vec())));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The number of bytes left to send.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns `true` if a poll response with these frames is large, and so counts as queued until it has been written.
    pub(super) fn is_large(&self) -> bool {
        self.bytes > SMALL_ANSWER
    }

    /// The number of queued frames. Frames that have been sent count until the queue is empty.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// The payload of each frame. The flag is `true` for binary. Call it before anything is sent.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = (bool, &[u8])> {
        self.pieces.iter().map(|piece| piece.bytes()).chain([&self.tail[..]]).flat_map(payloads)
    }

    /// The bytes left to send, if they are in one piece.
    pub(super) fn only_piece(&self) -> Option<&[u8]> {
        self.pieces.is_empty().then(|| &self.tail[self.sent..])
    }

    /// Fills `slices` with the bytes left to send, and returns how many slices were filled.
    pub(super) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut sent = self.sent;
        let pieces = self.pieces.iter().map(|piece| piece.bytes()).chain([&self.tail[..]]);
        let mut count = 0;
        for (slice, piece) in slices.iter_mut().zip(pieces) {
            *slice = IoSlice::new(&piece[std::mem::take(&mut sent)..]);
            count += 1;
        }
        count
    }

    /// Removes the first `count` bytes, which have been sent.
    #[inline(always)]
    pub(super) fn advance(&mut self, count: usize) {
        self.bytes -= count;
        self.sent += count;
        if self.bytes == 0 { self.clear() } else { self.drop_sent() }
    }

    /// Drops the pieces that have been sent completely.
    #[inline(never)]
    fn drop_sent(&mut self) {
        while let Some(first) = self.pieces.front().map(|piece| piece.bytes().len()).filter(|first| *first <= self.sent)
        {
            self.sent -= first;
            self.pieces.pop_front();
        }
    }

    /// Drops everything except a piece that has been sent in part, which must be completed.
    pub(super) fn keep_begun(&mut self) {
        if self.sent == 0 {
            self.clear();
            return;
        }
        if let Some(first) = self.pieces.front() {
            self.bytes = first.bytes().len() - self.sent;
            self.pieces.truncate(1);
            self.tail = Vec::new();
        }
    }

    pub(crate) fn clear(&mut self) {
        if self.tail.capacity() <= KEPT {
            self.tail.clear();
        } else {
            self.tail = Vec::new();
        }
        if self.pieces.capacity() > 0 {
            self.pieces = VecDeque::new();
        }
        (self.frames, self.bytes, self.sent) = (0, 0, 0);
    }

    /// Frees memory kept for later frames if the queue is empty.
    pub(super) fn rest(&mut self) {
        if self.is_empty() && self.tail.capacity() > KEPT_AT_REST {
            self.tail = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    /// The bytes that one system call would send.
    fn next_bytes(outbox: &Outbox) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 3];
        let count = outbox.slices(&mut slices);
        // Copied slice by slice: copying byte by byte would take most of the suite's time.
        let slices: Vec<&[u8]> = slices[..count].iter().map(|slice| &**slice).collect();
        slices.concat()
    }

    /// For any sequence of frames and writes: every byte is sent once and in order, and a frame put first never splits
    /// a frame that has been sent in part.
    #[test]
    fn every_byte_leaves_in_order() {
        for seed in 0..500 {
            let mut random = SmallRng::seed_from_u64(seed);
            let (mut outbox, mut left) = (Outbox::default(), Vec::new());
            let (mut next, mut first) = (0_u32, 0);
            for _ in 0..200 {
                match random.random_range(0..6) {
                    0..=2 => {
                        let length = *[8, 8, 100, 600, 20_000].get(random.random_range(0..5)).unwrap();
                        let mut payload = vec![b'.'; length];
                        payload[..4].copy_from_slice(&next.to_be_bytes());
                        let frame = Frame::binary(&payload);
                        outbox.push(&if random.random() { frame.for_many() } else { frame });
                        next += 1;
                    }
                    3 if first < 3 => {
                        outbox.push_first(&Frame::text(b"2"));
                        first += 1;
                    }
                    _ => {
                        let all = next_bytes(&outbox);
                        if let Some(only) = outbox.only_piece() {
                            assert_eq!(only, all, "seed {seed}");
                        }
                        let sent = if all.is_empty() { 0 } else { random.random_range(1..=all.len()) };
                        left.extend_from_slice(&all[..sent]);
                        outbox.advance(sent);
                        assert_eq!(outbox.is_empty(), outbox.bytes() == 0);
                    }
                }
            }
            while !outbox.is_empty() {
                let all = next_bytes(&outbox);
                left.extend_from_slice(&all);
                outbox.advance(all.len());
            }
            assert_eq!((outbox.frames(), outbox.bytes()), (0, 0), "seed {seed}");
            let (pings, numbers): (Vec<_>, Vec<_>) = payloads(&left).partition(|(is_binary, _)| !is_binary);
            assert_eq!(pings.len(), first, "seed {seed}");
            let numbers: Vec<u32> =
                numbers.iter().map(|(_, p)| u32::from_be_bytes(p[..4].try_into().unwrap())).collect();
            assert_eq!(numbers, (0..next).collect::<Vec<_>>(), "seed {seed}");
        }
    }

    #[test]
    fn bytes_are_told_revision_3_with_their_type() {
        for base64 in [false, true] {
            let large = [7; 20_000];
            let mut outbox = Outbox::default();
            let frames = [
                Frame::text(b"451-[]"),
                Frame::binary(&[1, 2, 3]),
                Frame::text(&[b'4'; 20_000]),
                Frame::binary(&large).for_many(),
                Frame::binary(&[]),
                Frame::text(b"42[]"),
            ];
            frames.iter().for_each(|frame| outbox.push(frame));
            let is_text = |piece: &&Arc<Written>| payloads(piece.bytes()).all(|(is_binary, _)| !is_binary);
            let shared = outbox.pieces.iter().find(is_text).unwrap().clone();
            outbox.revise(base64);
            let read: Vec<_> = outbox.payloads().map(|(is_binary, payload)| (is_binary, payload.to_vec())).collect();
            let packet = |data: &[u8]| match base64 {
                true => (false, v3::base64_packet(data)),
                false => (true, [&[4], data].concat()),
            };
            let text = |text: &[u8]| (false, text.to_vec());
            let expected = [
                text(b"451-[]"),
                packet(&[1, 2, 3]),
                text(&[b'4'; 20_000]),
                packet(&large),
                packet(&[]),
                text(b"42[]"),
            ];
            assert_eq!(read, expected);
            assert_eq!(outbox.frames(), frames.len());
            assert_eq!(
                outbox.bytes(),
                outbox.pieces.iter().map(|p| p.bytes().len()).sum::<usize>() + outbox.tail.len()
            );
            assert!(outbox.pieces.iter().any(|piece| Arc::ptr_eq(piece, &shared)), "text was copied");
        }
    }

    #[test]
    fn what_has_begun_to_leave_is_completed() {
        let mut outbox = Outbox::default();
        outbox.push(&Frame::text(&[b'4'; 1000]).for_many());
        outbox.push(&Frame::text(b"42"));
        outbox.advance(10);
        outbox.keep_begun();
        assert_eq!(outbox.bytes(), 1000 + 4 - 10);
        outbox.push(&Frame::close(None));
        outbox.advance(1000 + 4 - 10);
        assert_eq!(outbox.only_piece(), Some(&[0x88, 0][..]));
        outbox.keep_begun();
        assert!(outbox.is_empty());
    }
}
