//! Rooms: what sockets join, and broadcasts are sent to.

use std::borrow::Cow;

/// Something that names a room: a string, or a type with [`#[derive(Room)]`](macro@crate::Room).
///
/// Rooms are compared by name: `"lobby"` and a `Lobby` that derives that name are one room.
///
/// ```
/// use std::borrow::Cow;
/// use switchboard::Room;
///
/// struct Table(u32);
///
/// impl Room for Table {
///     fn name(&self) -> Cow<'_, str> {
///         format!("table:{}", self.0).into()
///     }
/// }
/// assert_eq!(Table(4).name(), "table:4");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a room",
    label = "not a room",
    note = "use a string, or a type with `#[derive(Room)]`"
)]
pub trait Room {
    /// The room's name.
    fn name(&self) -> Cow<'_, str>;
}

impl Room for str {
    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl Room for String {
    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl Room for Cow<'_, str> {
    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl<R: Room + ?Sized> Room for &R {
    fn name(&self) -> Cow<'_, str> {
        R::name(self)
    }
}
