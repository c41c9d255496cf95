use switchboard::prelude::*;

struct Chat;

struct Member;

#[namespace("/chat", session = Member)]
impl Chat {
    #[on_connect]
    fn enter(&self) -> Member {
        Member
    }

    #[on_connected]
    fn entered(&self) -> Member {
        Member
    }
}

struct Two;

#[namespace("/two")]
impl Two {
    #[on_connected]
    async fn entered(&self, name: String) {
        drop(name);
    }
}

struct Three;

struct Fault;

#[namespace("/three")]
impl Three {
    #[on_connected]
    async fn entered(&self, socket: &Socket<Self>) -> Result<(), Fault> {
        drop(socket.join("hall"));
        Err(Fault)
    }
}

struct Four;

#[namespace("/four")]
impl Four {
    #[on_connected]
    fn entered(&self, reason: DisconnectReason) {
        drop(reason);
    }
}

fn main() {}
