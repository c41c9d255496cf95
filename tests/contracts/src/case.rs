//! A generated type as the tests see it.

use crate::{Sample, Samples};
use serde_json::Value;
use switchboard::{
    __private::serde::{Serialize, de::DeserializeOwned},
    Namespace,
    schema::Contract,
};

/// A generated type.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The number of its namespace, `/group-3`.
    pub group: usize,
    /// The event that takes a list of the type, and is acknowledged with the same list.
    pub event: &'static str,
    /// The type's declaration.
    pub source: &'static str,
    /// The contract of the type's namespace.
    pub contract: fn() -> Contract,
    /// Writes a random value.
    pub write: fn(&mut Samples) -> Value,
    /// Reads a value and writes it again.
    pub read: fn(Value) -> Result<Value, serde_json::Error>,
}

impl Case {
    /// Returns the case of the type `T`, whose event is in the namespace `N`.
    pub const fn new<N: Namespace, T: Sample + Serialize + DeserializeOwned>(
        group: usize,
        event: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            group,
            event,
            source,
            contract: Contract::of::<N>,
            write: |samples| written(&T::sample(samples)).expect("the sample can be written"),
            read: |value| written(&serde_json::from_value::<T>(value)?),
        }
    }
}

/// Returns the value as read from JSON text: an `f32` has fewer digits there than as an `f64`.
fn written<T: Serialize>(value: &T) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&serde_json::to_string(value)?)
}

/// Two versions of a type, by their indices.
#[derive(Clone, Copy, Debug)]
pub struct Mutation {
    /// The type.
    pub before: usize,
    /// The changed type.
    pub after: usize,
    /// A description of the change.
    pub change: &'static str,
}
