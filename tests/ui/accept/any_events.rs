//! Events with any name, any number of arguments, and blocking handlers.

use switchboard::prelude::*;
use switchboard::{EmitError, Value};

/// An alias works like `Rest` itself.
type Others = Rest<Value>;

struct Everything;

async fn trace<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

#[namespace("/everything")]
impl Everything {
    #[on("rest")]
    fn rest(&self, first: Option<String>, numbers: Rest<u8>, socket: &Socket<Self>, ack: Ack<usize>) {
        drop((first, socket.id(), ack.send(numbers.0.len())));
    }

    #[on("lent")]
    async fn lent(&self, numbers: &Rest<u8>) -> Vec<u8> {
        numbers.0.clone()
    }

    #[on("aliased", blocking)]
    fn aliased(&self, socket: &Socket<Self>, others: Others) -> Result<usize, String> {
        socket.emit_named("others", &others).map_err(|error| error.to_string())?;
        Ok(others.0.len())
    }

    #[on("both", concurrent, blocking, middleware(trace))]
    fn both(&self) {}

    #[fallback(concurrent, middleware(trace))]
    async fn other(&self, EventName(name): EventName, _: Rest<RawJson>) -> String {
        name
    }
}

struct Generic<T>(T);

#[namespace("/generic")]
impl<T: Send + Sync + Clone + serde::Serialize + 'static> Generic<T> {
    #[on("wait", blocking)]
    fn wait(&self) -> T {
        self.0.clone()
    }

    #[fallback]
    fn other(&self, name: &EventName, rest: Rest<u8>) -> (String, Vec<u8>) {
        (name.0.clone(), rest.0)
    }
}

async fn send(socket: &Socket<Everything>) -> Result<(), EmitError> {
    socket.emit_named("none", ())?;
    socket.emit_named("one", (1,))?;
    socket.emit_named(&String::from("several"), (1, "b", [true]))?;
    socket.emit_named("list", vec!["a", "b"])?;
    socket.emit_named("list", &["a", "b"][..])?;
    socket.volatile().emit_named("array", [1, 2])?;
    socket.to("room").emit_named("room", (Value::Null,))?;
    socket.namespace().emit_named("all", (Value::from(1),))?;
    let answer: u8 = socket.emit_named_with_ack("ask", ()).await.unwrap_or_default();
    let answers = socket.broadcast().emit_named_with_ack::<Value>("ask", (answer,)).await?;
    drop(answers.into_values());
    Ok(())
}
