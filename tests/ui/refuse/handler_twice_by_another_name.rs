use switchboard::prelude::*;

mod events {
    #[switchboard::event("message")]
    pub struct Message(String);
}

use events::Message as Renamed;

type Alias = Renamed;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on(events::Message)]
    fn first(&self) {}

    #[on(Renamed, concurrent)]
    fn second(&self) {}

    #[on(Alias)]
    fn third(&self) {}
}

fn main() {}
