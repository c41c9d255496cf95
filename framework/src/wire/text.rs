//! The text of a received packet, in memory that is used again and again.

use std::cell::Cell;
use std::ops::Deref;

/// What a thread keeps for the next text is no larger than this.
const MAX_SPARE: usize = 4096;

thread_local! {
    static SPARE: Cell<String> = const { Cell::new(String::new()) };
}

/// A text that is copied out of a connection's buffer and mostly dropped soon: its memory then waits for the next one.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn copy(text: &str) -> Self {
        if text.len() > MAX_SPARE {
            return Text(text.to_owned());
        }
        // There is none while the thread ends.
        let mut copy = SPARE.try_with(Cell::take).unwrap_or_default();
        copy.push_str(text);
        Text(copy)
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        if self.0.capacity() <= MAX_SPARE {
            let mut spare = std::mem::take(&mut self.0);
            spare.clear();
            let _ = SPARE.try_with(|kept| kept.set(spare));
        }
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_small_text_is_used_again_and_holds_nothing_of_it() {
        let first = Text::copy("a rather long text");
        let memory = first.as_ptr();
        drop(first);
        let second = Text::copy("short");
        assert_eq!((&*second, second.as_ptr()), ("short", memory));
        let third = Text::copy("another");
        assert_eq!((&*second, &*third), ("short", "another"));
    }

    #[test]
    fn no_thread_keeps_a_large_text() {
        drop(Text::copy(&"x".repeat(MAX_SPARE + 1)));
        assert!(SPARE.take().capacity() <= MAX_SPARE);
    }
}
