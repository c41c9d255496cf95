//! An event, as passed to catch-all listeners.

use serde::de::DeserializeOwned;

use crate::adapter::Data;
use crate::contract::Rejection;
use crate::protocol::Address;
use crate::protocol::encode::Encoded;
use crate::wire::Arguments;

/// An event of any name, as passed to the catch-all listeners of [`Socket::on_any`](crate::Socket::on_any) (incoming)
/// and [`Socket::on_any_outgoing`](crate::Socket::on_any_outgoing) (outgoing).
#[derive(Clone, Debug)]
pub struct AnyEvent(Data);

impl AnyEvent {
    pub(super) fn incoming(arguments: &Arguments) -> Option<Self> {
        Data::event(arguments.raw(), arguments.attachments().to_vec()).ok().map(Self)
    }

    pub(in crate::namespace) fn outgoing(packet: &Encoded, address: Address<'_>) -> Self {
        Self(Data::of(packet, address))
    }

    /// Returns the event's name.
    pub fn name(&self) -> &str {
        self.0.name().unwrap_or_default()
    }

    /// Returns the event as sent: a JSON array of its name and its arguments. Binary data is replaced by
    /// `{"_placeholder":true,"num":0}`.
    pub fn raw(&self) -> &str {
        self.0.json()
    }

    /// Returns the event's data in the form that adapters use, with the binary data.
    pub fn data(&self) -> &Data {
        &self.0
    }

    /// Deserializes all arguments as one payload. A tuple struct takes several arguments, a unit struct none, any other
    /// type the first one.
    ///
    /// # Errors
    ///
    /// Returns a [`Rejection`] if the arguments do not fit `E`.
    pub fn read<E: DeserializeOwned>(&self) -> Result<E, Rejection> {
        let head = self.0.head().ok_or_else(|| Rejection::new("no event"))?;
        let mut arguments = Arguments::event(self.0.json(), self.0.attachments().to_vec(), head.clone());
        arguments.all().map_err(Rejection::new)
    }
}
