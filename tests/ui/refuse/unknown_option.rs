use switchboard::prelude::*;

struct Chat;

#[event("message", ack = u8, sender = Chat)]
struct Message;

#[event("twice", ack = u8, ack = u8)]
struct Twice;

#[namespace("/chat", emit(Message))]
impl Chat {
    #[on("hi", middlewares(x))]
    fn hi(&self) {}
}

struct Two;

#[namespace("/three", emits("message"))]
impl Three {}

struct Three;

#[namespace("/four", guard = open)]
impl Four {}

struct Four;

#[namespace("/five", session(u8))]
impl Five {}

struct Five;

#[namespace("/two", session = u8, session = u16)]
impl Two {
    #[on_connect(now)]
    fn enter(&self) -> u8 {
        0
    }

    #[on("hi", concurrent, concurrent)]
    fn hi(&self) {}

    #[on("one", "two")]
    fn two_names(&self) {}

    #[on(concat!("a", "b"))]
    fn name_by_macro(&self) {}

    #[on(7)]
    fn seven(&self) {}

    #[on]
    fn nothing(&self) {}
}

fn main() {}
