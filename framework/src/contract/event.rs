//! Events: a name, a payload and an acknowledgement, and the namespaces that may emit them.

#[cfg(feature = "schema")]
use super::schema::{Direction, EventSchema, Schemas};
use serde::{Serialize, de::DeserializeOwned};

/// A named message with a typed payload and a typed acknowledgement.
///
/// [`#[event]`](macro@crate::event) and [`#[derive(Event)]`](macro@crate::Event) implement this trait.
///
/// The form that serde gives the type determines the arguments that are sent: a tuple struct has one argument per field,
/// a unit struct or `()` has none, and any other type is a single argument. So is a newtype, a struct with one unnamed
/// field of any type. `#[serde(transparent)]`, `into` and `from` give a type the form of another one.
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

    /// The type of the acknowledgement; `()` for an acknowledgement without a value.
    type Ack;

    /// Describes the event as sent in `direction`. Default: one argument of any type.
    #[cfg(feature = "schema")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
    fn schema(schemas: &mut Schemas, direction: Direction) -> EventSchema {
        let _ = (schemas, direction);
        EventSchema::unknown(Self::NAME)
    }
}

/// Marks an event that namespace `N` emits. Implemented by `#[namespace(.., emits(E))]`.
// The event is `Self` on purpose. With `N: Emits<E>`, rustc would infer `E` from the only impl of a namespace with a
// single outgoing event, and report mismatched types instead of the undeclared event. `N` has no bounds, because a
// bound that `N` does not meet would be reported again at each of its events.
#[diagnostic::on_unimplemented(
    message = "namespace `{N}` does not emit `{Self}`",
    label = "`{Self}` is not among the events that `{N}` emits",
    note = "declare it: `#[namespace(\"..\", emits({Self}))] impl {N}`"
)]
pub trait EmittedBy<N>: Event + Serialize {}

/// A type that can be received as an acknowledgement: any deserializable type. A separate trait gives the compiler's
/// message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be received as an acknowledgement",
    label = "the event's acknowledgement, `{Self}`, is not `Deserialize`",
    note = "add `#[payload]` to its type, or derive `serde::Deserialize`"
)]
// Methods that return a `Received` value return a boxed future. The future of an `async fn` would contain the event's
// type, and rustc would report an undeclared event at each use of the future.
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

// Events can be sent by value or by reference. This impl is not marked `do_not_recommend`, because the compiler's
// message would then name `&Typing`.
impl<N, E: EmittedBy<N>> EmittedBy<N> for &E {}
