//! A `Result` is recognized by its type, even behind an alias.
#![deny(warnings)]

use switchboard::prelude::*;

#[payload]
enum Failed {
    Somehow,
}

type Answer<T> = Result<T, Failed>;
type Nothing = ();

#[event("typed", ack = bool)]
struct Typed;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("alias")]
    async fn alias(&self) -> Answer<u8> {
        Err(Failed::Somehow)
    }

    #[on("qualified")]
    fn qualified(&self) -> core::result::Result<(), Failed> {
        Ok(())
    }

    #[on("nothing")]
    fn nothing(&self) -> Nothing {}

    #[on(Typed)]
    fn typed(&self) -> Answer<bool> {
        Ok(true)
    }
}
