//! The arguments of an event whose name is known only at run time.

use super::Rest;
use serde::{Serialize, Serializer, ser::SerializeTupleStruct};

/// A list of event arguments for `emit_named` and `emit_named_with_ack`: a tuple of up to eight (`()` for none), or an
/// array, a slice, a `Vec` or a [`Rest`] of any length.
///
/// ```
/// # use switchboard::{EmitError, prelude::*};
/// # struct Chat;
/// # #[namespace("/chat")]
/// # impl Chat {}
/// # fn run(socket: &Socket<Chat>) -> Result<(), EmitError> {
/// socket.emit_named("closed", ())?; // socket.on("closed", () => ..)
/// socket.emit_named("moved", (1.5, "left"))?; // socket.on("moved", (x, direction) => ..)
/// socket.emit_named("names", (vec!["Ann", "Bob"],))?; // socket.on("names", (names) => ..)
/// socket.emit_named("names", vec!["Ann", "Bob"])?; // socket.on("names", (first, second) => ..)
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of event arguments",
    label = "not a list of arguments",
    note = "write a tuple: `(value,)` is one argument, `(a, b)` are two, `()` is none"
)]
pub trait ArgumentList {
    /// Serializes the arguments as the fields of a tuple struct, which is the form of an event with several arguments.
    #[doc(hidden)]
    fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Serializes an argument list as an event's payload.
pub(crate) struct ArgumentPayload<L>(pub(crate) L);

impl<L: ArgumentList> Serialize for ArgumentPayload<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_list(serializer)
    }
}

impl<L: ArgumentList + ?Sized> ArgumentList for &L {
    fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize_list(serializer)
    }
}

impl<T: Serialize> ArgumentList for [T] {
    fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_tuple_struct("Arguments", self.len())?;
        self.iter().try_for_each(|argument| list.serialize_field(argument))?;
        list.end()
    }
}

impl<T: Serialize, const N: usize> ArgumentList for [T; N] {
    fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize_list(serializer)
    }
}

impl<T: Serialize> ArgumentList for Vec<T> {
    fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize_list(serializer)
    }
}

impl<T: Serialize> ArgumentList for Rest<T> {
    fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_list(serializer)
    }
}

macro_rules! tuples {
    ($( $count:literal [$($arg:ident)*] )*) => { $(
        #[allow(non_snake_case, reason = "an argument's type and its value share a name")]
        impl<$($arg: Serialize),*> ArgumentList for ($($arg,)*) {
            fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let ($($arg,)*) = self;
                #[allow(unused_mut, reason = "the empty list has no fields")]
                let mut list = serializer.serialize_tuple_struct("Arguments", $count)?;
                $( list.serialize_field($arg)?; )*
                list.end()
            }
        }
    )* }
}

tuples! {
    0 [] 1 [A] 2 [A B] 3 [A B C] 4 [A B C D] 5 [A B C D E] 6 [A B C D E F] 7 [A B C D E F G] 8 [A B C D E F G H]
}
