use switchboard::prelude::*;

struct Chat;

struct Member;

#[namespace("/chat", session = Member)]
impl Chat {
    #[on_connect]
    async fn enter(&self) -> Result<u8, ConnectError> {
        Ok(1)
    }
}

struct Two;

#[namespace("/two", session = Member)]
impl Two {
    #[on_connect]
    async fn enter(&self) {}
}

struct Three;

#[namespace("/three")]
impl Three {
    #[on_connect]
    fn enter(&self) -> Member {
        Member
    }
}

struct Four;

#[namespace("/four")]
impl Four {
    #[on_connect]
    fn enter(&self) -> Result<(), String> {
        Ok(())
    }
}

fn main() {}
