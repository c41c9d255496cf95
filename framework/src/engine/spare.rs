//! One spare buffer per thread, so that encoding a frame and queueing it at once needs no allocation.

use std::cell::Cell;

/// Larger buffers are not kept.
const KEPT_CAPACITY: usize = 4096;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Takes the spare buffer, or an empty one without capacity.
#[inline]
pub(super) fn take() -> Vec<u8> {
    SPARE.take()
}

/// Returns a buffer. Its content is discarded.
#[inline]
pub(super) fn give(mut buffer: Vec<u8>) {
    if (1..=KEPT_CAPACITY).contains(&buffer.capacity()) {
        buffer.clear();
        SPARE.set(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spare_buffer_is_empty_and_small() {
        give(vec![1; KEPT_CAPACITY]);
        give(Vec::with_capacity(KEPT_CAPACITY + 1));
        give(Vec::new());
        let first = take();
        assert!(first.is_empty() && first.capacity() == KEPT_CAPACITY);
        assert_eq!(take().capacity(), 0);
    }
}
