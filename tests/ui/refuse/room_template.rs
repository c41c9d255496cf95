use switchboard::prelude::*;

struct Chat;

#[derive(Room)]
enum Rooms {
    Lobby,
    #[room("lobby")]
    Other,
    #[room("user:{id}")]
    User(u64),
    #[room("user:{id}")]
    Named { id: u8, name: String },
    #[room("{0")]
    Open(u8),
    #[room("0}")]
    Close(u8),
    #[room("x:{0}")]
    None,
    #[room("x:{0:?}")]
    Spec(u8),
    #[room("")]
    Empty,
    #[room(a)]
    NotAString,
    #[room("a")]
    #[room("b")]
    Twice,
}

#[derive(Room)]
#[room("enum")]
enum OnTheEnum {
    A,
}

#[derive(Room)]
union Union {
    a: u8,
}

fn join(socket: &Socket<Chat>) {
    socket.join(Rooms::Lobby);
}

#[namespace("/chat")]
impl Chat {}

fn main() {}
