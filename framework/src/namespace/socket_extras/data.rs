//! Application data of a socket that other servers can read: `socket.data` in Node.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

use super::SocketExtras;
use crate::RawJson;
use crate::escape;
use crate::namespace::socket_inner::SocketInner;
use crate::sync::lock;

pub(super) type Map = serde_json::Map<String, Value>;

/// The error of socket data that cannot be serialized to JSON, or does not fit the requested type.
#[derive(Debug, thiserror::Error)]
#[error(
    "socket data{}: {}",
    .key.as_ref().map(|key| format!(" `{}`", escape::name(key))).unwrap_or_default(),
    escape::message(&.source.to_string()),
)]
pub struct DataError {
    key: Option<String>,
    source: serde_json::Error,
}

impl DataError {
    fn for_key(key: &str) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Self { key: Some(key.to_owned()), source }
    }

    fn without_key(source: serde_json::Error) -> Self {
        Self { key: None, source }
    }
}

/// The data of a socket: a JSON object, initially empty, to which any part of a program can add values.
///
/// Data that only the namespace needs is better stored in its [`session`](crate::Socket::session), which is typed and
/// cannot be missing. Socket data is visible to others through [`fetch_sockets`](crate::Broadcast::fetch_sockets), in a
/// cluster to all servers.
///
/// ```
/// # use switchboard::prelude::*;
/// struct Chat;
///
/// #[namespace("/chat")]
/// impl Chat {
///     #[on("call me")]
///     fn call_me(&self, socket: &Socket<Self>, name: String) -> Result<(), EventError> {
///         Ok(socket.data().insert("name", &name)?)
///     }
///
///     #[on("who is there")]
///     async fn who(&self, socket: &Socket<Self>) -> Result<Vec<String>, EventError> {
///         let all = socket.namespace().fetch_sockets().await?;
///         Ok(all.iter().filter_map(|one| one.data()).map(|data| data.as_str().to_owned()).collect())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct SocketData<'a>(&'a SocketExtras);

impl SocketData<'_> {
    /// Sets the value of a key, and replaces a previous value.
    ///
    /// # Errors
    ///
    /// Returns a [`DataError`] if the value cannot be serialized to JSON.
    pub fn insert<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), DataError> {
        let value = serde_json::to_value(value).map_err(DataError::for_key(key))?;
        lock(&self.0.inner().data).insert(key.to_owned(), value);
        Ok(())
    }

    /// Returns the value of a key, if it is set.
    ///
    /// # Errors
    ///
    /// Returns a [`DataError`] if the value is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, DataError> {
        let value = self.0.inner.get().and_then(|inner| lock(&inner.data).get(key).cloned());
        value.map(T::deserialize).transpose().map_err(DataError::for_key(key))
    }

    /// Removes a value. Returns `true` if the key was set.
    pub fn remove(&self, key: &str) -> bool {
        self.0.inner.get().is_some_and(|inner| lock(&inner.data).remove(key).is_some())
    }

    /// Replaces all values with those of a struct or a map.
    ///
    /// # Errors
    ///
    /// Returns a [`DataError`] if the argument is not serialized as a JSON object.
    pub fn replace<T: Serialize + ?Sized>(&self, values: &T) -> Result<(), DataError> {
        match serde_json::to_value(values).map_err(DataError::without_key)? {
            Value::Object(map) => *lock(&self.0.inner().data) = map,
            _ => return Err(DataError::without_key(serde_json::Error::custom("not an object"))),
        }
        Ok(())
    }

    /// Deserializes all values as one type.
    ///
    /// # Errors
    ///
    /// Returns a [`DataError`] if they do not fit `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, DataError> {
        let map = self.0.inner.get().map(|inner| lock(&inner.data).clone()).unwrap_or_default();
        T::deserialize(Value::Object(map)).map_err(DataError::without_key)
    }

    /// Returns all values as a JSON object; `None` if it is empty.
    pub fn to_json(&self) -> Option<RawJson> {
        self.0.data()
    }
}

impl SocketExtras {
    /// Returns the socket data as JSON, if there is any.
    pub(in crate::namespace) fn data(&self) -> Option<RawJson> {
        let map = lock(&self.inner.get()?.data);
        // Cannot fail, because a map of JSON values is JSON.
        if map.is_empty() { None } else { RawJson::from_value(&*map).ok() }
    }
}

impl SocketInner {
    pub(in crate::namespace) fn data(&self) -> SocketData<'_> {
        SocketData(&self.extras)
    }
}
