use switchboard::prelude::*;

#[event("typing")]
struct Typing(bool);

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[cfg(all())]
    #[on("same")]
    fn one(&self) {}

    #[cfg(not(any()))]
    #[on("same")]
    fn two(&self) {}

    #[cfg(any())]
    #[on("same")]
    fn gone(&self) {}

    #[cfg(all())]
    #[on(Typing)]
    fn typed(&self) {}

    #[cfg(all())]
    #[on("typing")]
    fn named(&self) {}
}

fn main() {}
