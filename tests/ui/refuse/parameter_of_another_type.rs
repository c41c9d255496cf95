use switchboard::prelude::*;

struct Tenant;

#[namespace("/tenant-{id}", params(id: u32))]
impl Tenant {
    #[on_connect]
    fn enter(&self, Params(_id): Params<String>) {}

    #[on("id")]
    fn id(&self, Params(_id): Params<u64>) {}
}

struct Chat;

#[namespace("/chat", guard(known))]
impl Chat {
    #[on("id")]
    fn id(&self, socket: &Socket<Self>) -> u32 {
        *socket.params()
    }
}

async fn known(Params(_id): Params<u32>) -> Result<(), ConnectError> {
    Ok(())
}

fn main() {}
