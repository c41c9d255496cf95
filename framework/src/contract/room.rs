//! Rooms, which sockets join and broadcasts are sent to.

use std::borrow::Cow;

/// A type that names a room: a string, or a type with [`#[derive(Room)]`](macro@crate::Room).
///
/// Rooms are compared by name: `"lobby"` and a `Lobby` whose derived name is `lobby` are the same room.
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
    /// Returns the room's name.
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

/// One or several rooms: a [`Room`], or an array, a slice or a `Vec` of rooms.
///
/// ```
/// # use switchboard::prelude::*;
/// # #[event("news")]
/// # struct News;
/// # struct Paper;
/// # #[namespace("/paper", emits(News))]
/// # impl Paper {
/// #[on("publish")]
/// fn publish(&self, socket: &Socket<Self>, topics: Vec<String>) -> Result<(), JoinError> {
///     socket.join("publishers")?;
///     socket.join(["a", "b"])?;
///     drop(socket.to(&topics).except("muted").emit(News));
///     Ok(())
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a room",
    label = "not a room",
    note = "use a string, a type with `#[derive(Room)]`, or an array, slice or `Vec` of either"
)]
pub trait Rooms {
    /// Calls `visit` with the name of each room.
    fn each(self, visit: impl FnMut(Cow<'_, str>));
}

// No impl is recommended, because the message above is complete.
#[diagnostic::do_not_recommend]
impl<R: Room> Rooms for R {
    fn each(self, mut visit: impl FnMut(Cow<'_, str>)) {
        visit(self.name());
    }
}

#[diagnostic::do_not_recommend]
impl<R: Room, const COUNT: usize> Rooms for [R; COUNT] {
    fn each(self, visit: impl FnMut(Cow<'_, str>)) {
        self.iter().map(Room::name).for_each(visit);
    }
}

#[diagnostic::do_not_recommend]
impl<R: Room, const COUNT: usize> Rooms for &[R; COUNT] {
    fn each(self, visit: impl FnMut(Cow<'_, str>)) {
        self.iter().map(Room::name).for_each(visit);
    }
}

#[diagnostic::do_not_recommend]
impl<R: Room> Rooms for &[R] {
    fn each(self, visit: impl FnMut(Cow<'_, str>)) {
        self.iter().map(Room::name).for_each(visit);
    }
}

#[diagnostic::do_not_recommend]
impl<R: Room> Rooms for Vec<R> {
    fn each(self, visit: impl FnMut(Cow<'_, str>)) {
        self.iter().map(Room::name).for_each(visit);
    }
}

#[diagnostic::do_not_recommend]
impl<R: Room> Rooms for &Vec<R> {
    fn each(self, visit: impl FnMut(Cow<'_, str>)) {
        self.iter().map(Room::name).for_each(visit);
    }
}
