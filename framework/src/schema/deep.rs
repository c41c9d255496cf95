//! Recursion as deep as the nesting of types.

use std::panic::resume_unwind;
use std::thread;

/// Enough for a thousand nested types in an unoptimized build. The threads of tests have 2 MiB.
const STACK: usize = 64 * 1024 * 1024;

/// Runs `work` on a thread of its own with a large stack, and returns its result.
pub(super) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("switchboard-contract".to_owned()).stack_size(STACK);
        match thread.spawn_scoped(scope, work).map(thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(error) => panic!("cannot start a thread to describe the contract: {error}"),
        }
    })
}
