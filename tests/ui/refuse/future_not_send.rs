use switchboard::prelude::*;

struct Chat;

use std::{future::ready, rc::Rc};

#[namespace("/chat")]
impl Chat {
    #[on_connect]
    async fn enter(&self) {
        let rc = Rc::new(1);
        ready(()).await;
        drop(rc);
    }

    #[on("hi")]
    async fn hi(&self) {
        let rc = Rc::new(1);
        ready(()).await;
        drop(rc);
    }
}

fn main() {}
