//! The write queue of a socket, which writes many frames per system call.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};

/// Maximum number of frames per system call.
const AT_ONCE: usize = 64;

#[derive(Default)]
pub struct Queue(VecDeque<Bytes>);

impl Queue {
    pub fn push(&mut self, frame: Bytes) {
        self.0.push_back(frame);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Writes until the queue is empty or `write` fails. A full socket also counts as a failure.
    pub fn write(&mut self, mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>) -> io::Result<()> {
        while !self.0.is_empty() {
            let mut slices = [IoSlice::new(&[]); AT_ONCE];
            let count = self.0.len().min(AT_ONCE);
            for (slice, frame) in slices.iter_mut().zip(&self.0) {
                *slice = IoSlice::new(frame);
            }
            let mut written = write(&slices[..count])?;
            while let Some(frame) = self.0.front_mut().filter(|_| written > 0) {
                let part = written.min(frame.len());
                frame.advance(part);
                written -= part;
                if frame.is_empty() {
                    self.0.pop_front();
                }
            }
        }
        Ok(())
    }
}
