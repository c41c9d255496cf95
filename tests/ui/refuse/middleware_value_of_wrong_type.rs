use switchboard::prelude::*;

struct Chat {
    limit: u32,
}

#[namespace("/chat", middleware(self.limit))]
impl Chat {
    #[on("hi", middleware("twice a second", RateLimit::per_second("2")))]
    fn hi(&self) {}
}

fn main() {}
