use switchboard::prelude::*;
use std::rc::Rc;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("sum", blocking)]
    async fn sum(&self, a: u8, b: u8) -> u8 {
        a + b
    }

    #[fallback(blocking, blocking)]
    fn other(&self) {}
}

struct Files;

#[namespace("/files")]
impl Files {
    #[on("read", blocking)]
    fn read(&self) -> Rc<str> {
        "x".into()
    }
}

fn main() {}
