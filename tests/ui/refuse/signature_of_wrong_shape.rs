use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("borrowed")]
    fn borrowed(&self, name: &str, bytes: &[u8], list: &mut Vec<u8>) {}

    #[on("unknown")]
    fn unknown<T, const N: usize>(&self, it: impl Sized, what: _) -> impl Sized {}

    #[on("no self")]
    fn no_self(socket: Socket<Self>) {}

    #[on("mut self")]
    fn mut_self(&mut self) {}

    #[on("value")]
    fn value(self) {}

    #[on("unsafe")]
    unsafe fn not_safe(&self) {}
}

fn main() {}
