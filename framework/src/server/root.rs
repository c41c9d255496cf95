//! The namespace `/`, which exists even if the program does not declare it, as in Node.js.

use crate::contract::{ConnectContext, ConnectError, EventContext, Namespace, Reply};

pub(super) struct Root;

impl Namespace for Root {
    const PATH: &'static str = "/";
    type Params = ();
    type Session = ();

    async fn connect(&self, _: ConnectContext<Self>) -> Result<(), ConnectError> {
        Ok(())
    }

    async fn dispatch(&self, _: EventContext<Self>) -> Reply {
        Reply::unknown()
    }
}
