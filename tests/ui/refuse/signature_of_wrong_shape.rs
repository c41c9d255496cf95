use switchboard::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    #[on("borrowed")]
    fn borrowed(&self, _name: &str, _bytes: &[u8], _list: &mut Vec<u8>) {}

    #[on("unknown")]
    fn unknown<T, const N: usize>(&self, _it: impl Sized) -> impl Sized {}

    #[on("switched")]
    fn switched(&self, #[cfg(any())] _name: String) {}

    #[on("no self")]
    fn no_self(_socket: Socket<Self>) {}

    #[on("mut self")]
    fn mut_self(&mut self) {}

    #[on("value")]
    fn value(self) {}

    #[on("unsafe")]
    unsafe fn not_safe(&self) {}
}

fn main() {}
