//! Events: a name, a payload and an acknowledgement, and who may send them.

#[cfg(feature = "schema")]
use super::schema::{Direction, EventSchema, Schemas};
use serde::{Serialize, de::DeserializeOwned};

/// A named message with a typed payload and a typed acknowledgement.
///
/// [`#[event]`](macro@crate::event) and [`#[derive(Event)]`](macro@crate::Event) write this impl.
///
/// The payload's shape on the wire follows from the type's shape: a tuple struct's fields are the event's arguments,
/// a unit struct has none, and everything else is one argument.
///
/// ```
/// use serde::Serialize;
/// use switchboard::Event;
///
/// #[derive(Serialize)]
/// struct Moved(f64, f64); // socket.emit("moved", x, y)
///
/// impl Event for Moved {
///     const NAME: &'static str = "moved";
///     type Ack = ();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "give it a name: `#[event(\"name\")]`, or `#[derive(Event)] #[event(\"name\")]` if it has serde's impls already"
)]
pub trait Event: Sized {
    /// The name that client and server listen to.
    const NAME: &'static str;

    /// What the receiver acknowledges the event with; `()` for an acknowledgement without a value.
    type Ack;

    /// Describes the event as it travels in `direction`; without an impl, as one argument of any type.
    #[cfg(feature = "schema")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
    fn schema(schemas: &mut Schemas, direction: Direction) -> EventSchema {
        let _ = (schemas, direction);
        EventSchema::unknown(Self::NAME)
    }
}

/// Namespace `N` declares that it sends this event. `#[namespace(.., emits(E))]` writes the impl.
// The event is `Self` on purpose: were it `N: Emits<E>`, a namespace with a single outgoing event would make rustc
// infer `E` from the only impl, and report mismatched types where an event is not declared. Nothing is asked of `N`: what a
// namespace lacks would be reported at each of its events, too.
#[diagnostic::on_unimplemented(
    message = "namespace `{N}` does not emit `{Self}`",
    label = "`{Self}` is not among the events that `{N}` emits",
    note = "declare it: `#[namespace(\"..\", emits({Self}))] impl {N}`"
)]
pub trait EmittedBy<N>: Event + Serialize {}

/// What a client can acknowledge an event with: anything that serde can read. It has a name of its own for the compiler's
/// message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be received as an acknowledgement",
    label = "the event's acknowledgement, `{Self}`, is not `Deserialize`",
    note = "add `#[payload]` to its type, or derive `serde::Deserialize`"
)]
// What waits for it returns a boxed future: that of an `async fn` would name the event too, and rustc report one that may
// not be sent at each of its uses.
pub trait Received: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> Received for T {}

impl<E: Event> Event for &E {
    const NAME: &'static str = E::NAME;
    type Ack = E::Ack;

    #[cfg(feature = "schema")]
    fn schema(schemas: &mut Schemas, direction: Direction) -> EventSchema {
        E::schema(schemas, direction)
    }
}

// An event is sent by value or by reference. Not `do_not_recommend`: that would make the message say `&Typing`.
impl<N, E: EmittedBy<N>> EmittedBy<N> for &E {}
