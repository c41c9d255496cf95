use switchboard::prelude::*;

type Others = Rest<u8>;

#[event("message")]
struct Message;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("first")]
    fn first(&self, _numbers: Rest<u8>, _: &Socket<Self>, _text: String) {}

    #[on("aliased")]
    fn aliased(&self, _numbers: Others, _others: Others) {}

    #[on(Message)]
    fn message(&self, _message: Message, _numbers: Rest<u8>) {}

    #[fallback]
    fn other(&self, _name: EventName, _numbers: Rest<u8>, _last: Option<u8>) {}
}

fn main() {}
