//! The arguments of an event that is sent by name: a tuple with one field per argument.

use serde::ser::{Serialize, SerializeTupleStruct, Serializer};

/// The arguments of [`Client::send`](super::Client::send) and [`Client::call`](super::Client::call): a tuple of up to
/// eight values. Use `()` for none, and `(value,)` for one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of arguments",
    label = "not a tuple of values that can be serialized",
    note = "one argument makes a tuple as well: `(argument,)`"
)]
pub trait Arguments {
    /// Serializes the values as the fields of a tuple struct, one per argument.
    ///
    /// # Errors
    ///
    /// Returns the serializer's error if a value cannot be serialized.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Serializes arguments as the payload of an event.
pub(super) struct ArgumentPayload<A>(pub(super) A);

impl<A: Arguments> Serialize for ArgumentPayload<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl Arguments for () {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_struct("Arguments")
    }
}

macro_rules! tuples {
    ($( $count:literal [$($field:ident)*] )*) => { $(
        #[allow(non_snake_case, reason = "an argument's type and its value share a name")]
        impl<$($field: Serialize),*> Arguments for ($($field,)*) {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let ($($field,)*) = self;
                let mut fields = serializer.serialize_tuple_struct("Arguments", $count)?;
                $( fields.serialize_field($field)?; )*
                fields.end()
            }
        }
    )* }
}

tuples! { 1 [A] 2 [A B] 3 [A B C] 4 [A B C D] 5 [A B C D E] 6 [A B C D E F] 7 [A B C D E F G] 8 [A B C D E F G H] }
