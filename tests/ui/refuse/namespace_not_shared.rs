//! A namespace is shared by the threads that serve its sockets. rustc reports the missing bound twice at the type: for a
//! consequence of the bound, and for the trait itself.

use std::cell::RefCell;

use switchboard::prelude::*;

#[event("said")]
struct Said(String);

struct Chat {
    seen: RefCell<u32>,
}

#[namespace("/", emits(Said))]
impl Chat {
    #[on_connect]
    async fn connect(&self) {
        *self.seen.borrow_mut() += 1;
    }

    #[on("say")]
    async fn say(&self, socket: Socket<Self>, text: String) {
        let _ = socket.emit(Said(text));
    }

    #[on("count")]
    fn count(&self) -> u32 {
        *self.seen.borrow()
    }

    #[on_disconnect]
    async fn disconnect(&self) {
        *self.seen.borrow_mut() -= 1;
    }
}

fn main() {
    let _ = Server::new().namespace(Chat { seen: RefCell::default() });
}
