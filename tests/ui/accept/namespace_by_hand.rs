//! A namespace without the macro: the trait can be implemented by hand.
#![deny(warnings)]

use switchboard::{Responder, prelude::*};

#[event("add", ack = i64)]
struct Add(i64, i64);

#[event("sum")]
struct Sum(i64);

struct Calculator;

impl EmittedBy<Calculator> for Sum {}

impl Namespace for Calculator {
    const PATH: &'static str = "/calculator";
    type Params = ();
    type Session = String;

    async fn connect(&self, mut context: ConnectContext<Self>) -> Result<String, ConnectError> {
        let Auth(name) = context.extract::<Auth<Option<String>>>()?;
        name.ok_or_else(|| ConnectError::new("a name is needed"))
    }

    async fn dispatch(&self, mut event: EventContext<Self>) -> Reply {
        match event.name() {
            Add::NAME => {
                let Add(a, b) = match event.payload() {
                    Ok(add) => add,
                    Err(rejection) => return event.reject(rejection),
                };
                let _ = event.socket().emit(Sum(a + b));
                let responder: Responder = event.into_responder();
                std::future::ready(()).await;
                responder.answer(&(a + b))
            }
            _ => Reply::unknown(),
        }
    }

    async fn disconnect(&self, context: DisconnectContext<Self>) {
        let _ = context.reason().to_string();
    }

    fn concurrent(event: &str) -> bool {
        event == Add::NAME
    }
}
