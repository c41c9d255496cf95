use switchboard::prelude::*;

struct NotAnArgument;

struct Kitchen;

#[namespace("/kitchen")]
impl Kitchen {
    #[on_connect]
    fn enter(&self, socket: &Socket<Self>) {
        socket.on("value", async |n: u32| n);
        socket.on("sync", |_: u32| {});
        socket.on("type", async |_: NotAnArgument| {});
    }
}

fn main() {}
