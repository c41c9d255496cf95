//! A handler that `#[cfg]` removes leaves no trace, and may have the same event as a remaining handler.
#![deny(warnings)]

use switchboard::prelude::*;

#[event("typed")]
struct Typed;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[cfg(any())]
    #[on("debug", concurrent)]
    async fn debug(&self, x: DoesNotExist) {}

    #[cfg(not(any()))]
    #[on("debug")]
    async fn other_debug(&self, #[allow(unused)] x: u8) {}

    #[cfg(any())]
    #[on(DoesNotExist)]
    fn gone(&self, event: DoesNotExist) {}

    #[on(Typed)]
    #[cfg(not(any()))]
    fn typed(&self, Typed: Typed) {}
}

#[test]
fn the_handler_that_stays_counts() {
    assert!(!Chat::concurrent("debug"));
}
