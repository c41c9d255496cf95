//! Buffers of the thread that are between two uses: what is written and sent at once needs no allocation.

use std::cell::RefCell;

/// How many a thread keeps.
const KEPT: usize = 128;
/// Larger ones are not kept: a small frame that waits in one would hold all of it.
const KEPT_CAPACITY: usize = 4096;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer.
#[inline]
pub(super) fn take() -> Vec<u8> {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_default()
}

/// Gives a buffer back, whatever it holds.
#[inline]
pub(super) fn give(mut buffer: Vec<u8>) {
    if buffer.capacity() == 0 || buffer.capacity() > KEPT_CAPACITY {
        return;
    }
    buffer.clear();
    SPARE.with_borrow_mut(|spare| {
        if spare.len() < KEPT {
            spare.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spare_buffer_is_empty_and_small() {
        give(vec![1; KEPT_CAPACITY]);
        give(Vec::with_capacity(KEPT_CAPACITY + 1));
        let first = take();
        assert!(first.is_empty() && first.capacity() == KEPT_CAPACITY);
        assert_eq!(take().capacity(), 0);
    }
}
