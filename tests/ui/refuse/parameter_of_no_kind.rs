use switchboard::prelude::*;

struct Chat;

struct Opaque;

#[derive(serde::Serialize)]
struct OneWay {
    a: u8,
}

#[namespace("/chat")]
impl Chat {
    #[on("hi")]
    async fn hi(&self, name: String, what: Opaque, list: Vec<OneWay>) {
        drop((name, what, list.iter().map(|one| one.a).max()));
    }
}

fn main() {}
