use switchboard::prelude::*;

struct Opaque;

#[derive(Room)]
enum Rooms {
    #[room("x:{0}:{1}")]
    Opaque(u8, Opaque),
}

fn main() {}
