use switchboard::prelude::*;

#[event("typing")]
struct Typing(bool);

struct Shop<T, const N: usize>(T);

#[namespace("/shop")]
impl<T: Send + Sync + 'static, const N: usize> Shop<T, N> {
    #[on(Typing)]
    fn typed(&self, socket: &Socket<Self>) {
        drop(socket.id().len());
    }

    #[on("typing")]
    fn named(&self) {}
}

fn main() {}
