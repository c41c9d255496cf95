//! Handlers and hooks need not be `async`, and may have any body that compiles.
#![deny(warnings)]

use switchboard::prelude::*;

#[derive(Default)]
struct Chat {
    name: &'static str,
}

#[namespace("/chat", session = (u8, String))]
impl Chat {
    #[on_connect]
    fn enter(&self, socket: Socket<Self>) -> Result<(u8, String), ConnectError> {
        Ok((1, socket.id().to_owned()))
    }

    /// Doubles.
    ///
    /// More than once.
    #[on("double")]
    #[must_use]
    pub const fn double(&self, number: u32) -> u32 {
        number * 2
    }

    /// Deprecated for callers; the generated code must not warn.
    #[on("old")]
    #[deprecated]
    fn old(&self) {}

    #[on("lifetimes")]
    fn lifetimes<'a>(&'a self, _socket: &'a Socket<Self>) -> &'a str {
        self.name
    }

    #[on("boxed")]
    async fn boxed(&self, depth: u8) -> Result<u8, String> {
        if depth == 0 { Ok(0) } else { Box::pin(self.boxed(depth - 1)).await.map(|depth| depth + 1) }
    }

    #[on("never")]
    async fn never(&self) -> Option<Vec<u8>> {
        loop {
            std::future::ready(()).await;
            if self.name.is_empty() {
                break None;
            }
        }
    }

    #[on_disconnect]
    #[allow(clippy::unused_unit, reason = "nothing, in its long spelling")]
    fn leave(&self) -> () {}
}

#[test]
fn stay_callable() {
    assert_eq!(Chat::default().double(2), 4);
}
