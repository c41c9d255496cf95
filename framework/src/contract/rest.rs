//! The remaining arguments of an event, and its name.

use super::{EventContext, FromContext, Namespace, Rejection};
use serde::de::DeserializeOwned;
use std::vec;

/// The remaining arguments of an event, in a number that the client chooses. It is the last argument of a handler.
///
/// Their number is limited by [`max_payload`](crate::Server::max_payload) only.
///
/// ```
/// use switchboard::prelude::*;
///
/// struct Calculator;
///
/// #[namespace("/calculator")]
/// impl Calculator {
///     /// socket.emitWithAck("fold", "sum", 1, 2, 3)
///     #[on("fold")]
///     fn fold(&self, operation: String, Rest(numbers): Rest<f64>) -> Result<f64, String> {
///         match operation.as_str() {
///             "sum" => Ok(numbers.iter().sum()),
///             "product" => Ok(numbers.iter().product()),
///             _ => Err(format!("no operation `{operation}`")),
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest<T>(pub Vec<T>);

impl<N: Namespace, T: DeserializeOwned> FromContext<EventContext<N>> for Rest<T> {
    const POSITIONAL: bool = true;
    const REST: bool = true;

    fn from_context(context: &mut EventContext<N>) -> Result<Self, Rejection> {
        context.remaining_arguments().map(Self)
    }
}

impl<T> IntoIterator for Rest<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The name of the event that a handler is called with, for a `#[fallback]`, which is called with any.
///
/// The name comes from the client: it may be any text but those that Socket.IO reserves.
///
/// ```
/// use switchboard::prelude::*;
///
/// struct Relay;
///
/// #[namespace("/relay")]
/// impl Relay {
///     /// Passes on every event, with any name and any arguments.
///     #[fallback]
///     fn relay(&self, socket: &Socket<Self>, EventName(name): EventName, arguments: Rest<RawJson>) -> Result<(), String> {
///         socket.broadcast().emit_named(&name, arguments).map_err(|error| error.to_string())?;
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName(pub String);

impl<N: Namespace> FromContext<EventContext<N>> for EventName {
    fn from_context(context: &mut EventContext<N>) -> Result<Self, Rejection> {
        Ok(Self(context.name().to_owned()))
    }
}
