//! Custom extractors: for every stage or a single one, by value or by reference. They are not part of the message.
#![deny(warnings)]

use switchboard::prelude::*;

struct Tenant(u32);

impl<C: Context> FromContext<C> for Tenant {
    fn from_context(context: &mut C) -> Result<Self, Rejection> {
        context.socket().id().parse().map(Tenant).map_err(Rejection::new)
    }
}

struct EventName(String);

impl<N: Namespace> FromContext<EventContext<N>> for EventName {
    fn from_context(event: &mut EventContext<N>) -> Result<Self, Rejection> {
        Ok(EventName(event.name().to_owned()))
    }
}

/// For a single namespace, whose session it reads.
struct Admin;

impl FromContext<EventContext<Chat>> for Admin {
    fn from_context(event: &mut EventContext<Chat>) -> Result<Self, Rejection> {
        if event.socket().session() == "admin" { Ok(Admin) } else { Err(Rejection::new("for admins only")) }
    }
}

#[event("typed")]
struct Typed(u8);

struct Chat;

#[namespace("/chat", session = String, guard(tenants_only))]
impl Chat {
    #[on_connect]
    fn enter(&self, tenant: &Tenant) -> String {
        tenant.0.to_string()
    }

    #[on("count")]
    async fn count(&self, tenant: Tenant, number: u32, name: &EventName, again: &u8, _admin: Admin) -> u32 {
        let number = number + u32::from(*again);
        if name.0 == "count" { tenant.0 + number } else { number }
    }

    #[on(Typed)]
    async fn typed(&self, _admin: Admin, typed: &Typed, handshake: &Handshake, socket: &Socket<Chat>) {
        let _ = (typed.0, handshake, socket);
    }

    #[on_disconnect]
    fn leave(&self, Tenant(tenant): Tenant) {
        let _ = tenant;
    }
}

async fn tenants_only(_tenant: Tenant) -> Result<(), ConnectError> {
    Ok(())
}
