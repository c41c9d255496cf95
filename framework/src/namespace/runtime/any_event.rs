//! An event as catch-all listeners see it.

use serde::de::DeserializeOwned;

use crate::adapter::Data;
use crate::contract::Rejection;
use crate::protocol::Address;
use crate::protocol::encode::Encoded;
use crate::wire::Arguments;

/// An event of any name, as listeners to all events see it: [`Socket::on_any`](crate::Socket::on_any) what has come,
/// [`Socket::on_any_outgoing`](crate::Socket::on_any_outgoing) what is sent.
#[derive(Clone, Debug)]
pub struct AnyEvent(Data);

impl AnyEvent {
    pub(super) fn incoming(arguments: &Arguments) -> Option<Self> {
        Data::event(arguments.raw(), arguments.attachments().to_vec()).ok().map(Self)
    }

    pub(in crate::namespace) fn outgoing(packet: &Encoded, address: Address<'_>) -> Self {
        Self(Data::of(packet, address))
    }

    /// The event's name.
    pub fn name(&self) -> &str {
        self.0.name().unwrap_or_default()
    }

    /// The event as it travels: a JSON array of its name and its arguments. Where binary data belongs, it has
    /// `{"_placeholder":true,"num":0}`.
    pub fn raw(&self) -> &str {
        self.0.json()
    }

    /// The event's data, as adapters have it: with the binary data.
    pub fn data(&self) -> &Data {
        &self.0
    }

    /// Reads all arguments as one payload: a tuple struct takes several, a unit struct none, any other type the first.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] when the arguments do not fit `E`.
    pub fn read<E: DeserializeOwned>(&self) -> Result<E, Rejection> {
        let head = self.0.head().ok_or_else(|| Rejection::new("no event"))?;
        let mut arguments = Arguments::event(self.0.json(), self.0.attachments().to_vec(), head.clone());
        arguments.all().map_err(Rejection::new)
    }
}
