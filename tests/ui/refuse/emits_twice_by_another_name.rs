use switchboard::prelude::*;

mod events {
    #[switchboard::event("message")]
    pub struct Message(String);
}

use events::Message as Renamed;

struct Chat;

#[namespace("/chat", emits(events::Message, Renamed))]
impl Chat {}

fn main() {}
