use switchboard::prelude::*;

mod events {
    #[switchboard::event("message")]
    pub struct Message(String);

    #[switchboard::event("message")]
    pub struct SameName(u64);
}

use events::Message as Renamed;

struct Shop<T>(T);

#[namespace("/shop", emits(events::Message, Renamed))]
impl<T: Send + Sync + 'static> Shop<T> {}

struct Stall<T>(T);

#[namespace("/stall", emits(events::Message, events::SameName))]
impl<T: Send + Sync + 'static> Stall<T> {}

fn main() {}
