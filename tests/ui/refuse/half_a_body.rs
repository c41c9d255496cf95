use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("hi")]
    async fn hi(&self) {
        let x = ;
    }
}

fn main() {}
