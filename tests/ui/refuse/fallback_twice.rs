use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[fallback]
    fn one(&self) {}

    #[fallback]
    fn two(&self) {}

    #[fallback("name")]
    fn three(&self) {}

    #[fallback]
    #[cfg(unix)]
    fn four(&self) {}

    #[on("x")]
    #[fallback]
    fn five(&self) {}
}

fn main() {}
