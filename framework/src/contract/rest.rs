//! Extractors of an event's remaining arguments and of its name.

use super::{EventContext, FromContext, Namespace, Rejection};
use serde::de::DeserializeOwned;
use std::vec;

/// The remaining arguments of an event, any number of them. It must be the last argument of a handler.
///
/// Only [`max_payload`](crate::Server::max_payload) limits their number.
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

/// The name of the event. Useful in a `#[fallback]` handler, which handles events of any name.
///
/// The name is chosen by the client. It can be any text except the names that Socket.IO reserves.
///
/// ```
/// use switchboard::prelude::*;
///
/// struct Relay;
///
/// #[namespace("/relay")]
/// impl Relay {
/// /// Broadcasts every event, with any name and any arguments.
///     #[fallback]
///     fn relay(
///         &self,
///         socket: &Socket<Self>,
///         EventName(name): EventName,
///         arguments: Rest<RawJson>,
///     ) -> Result<(), EventError> {
///         socket.broadcast().emit_named(&name, arguments)?;
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
