//! A namespace's connection to the other servers of a cluster: its adapter, and the listeners for events from servers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, RwLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::catch_panic::catch_panic_in;
use crate::adapter::{Adapter, BoxFuture, Data};
use crate::contract::Event;
use crate::escape;
use crate::sync::{read, write};
use crate::wire::Arguments;

/// The error of an event from another server that was not handled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerSideError {
    /// The event has no listener: see [`NamespaceHandle::on_server_side`](crate::NamespaceHandle::on_server_side).
    #[error("no listener for `{}`", escape::name(.0))]
    Unhandled(String),
    /// The arguments do not fit the listener's event type.
    #[error("event `{}` does not fit: {}", escape::name(event), escape::message(message))]
    Unfit {
        /// The event's name.
        event: String,
        /// The deserialization error.
        message: String,
    },
    /// The listener's acknowledgement cannot be serialized to JSON.
    #[error("cannot answer `{}`: {source}", escape::name(event))]
    Unwritable {
        /// The event's name.
        event: String,
        /// The serialization error.
        source: serde_json::Error,
    },
    /// The listener panicked.
    #[error("the listener of `{}` panicked: {}", escape::name(event), escape::message(message))]
    Panicked {
        /// The event's name.
        event: String,
        /// The panic's message.
        message: String,
    },
}

type Listener = Arc<dyn Fn(Arguments) -> BoxFuture<'static, Result<Data, ServerSideError>> + Send + Sync>;

/// Event names that are not allowed between servers, because Node emits them itself.
const RESERVED: [&str; 3] = ["connect", "connection", "new_namespace"];

#[derive(Default)]
pub(super) struct ServerSide {
    adapter: OnceLock<Box<dyn Adapter>>,
    listeners: RwLock<HashMap<&'static str, Listener>>,
}

impl ServerSide {
    /// Sets the adapter, which is created only once. Concurrent callers wait for it.
    pub(super) fn init_adapter(&self, adapter: impl FnOnce() -> Box<dyn Adapter>) {
        self.adapter.get_or_init(adapter);
    }

    #[inline]
    pub(super) fn adapter(&self) -> Option<&dyn Adapter> {
        self.adapter.get().map(|adapter| &**adapter)
    }

    pub(super) fn is_reserved(name: &str) -> bool {
        RESERVED.contains(&name)
    }

    /// Sets the listener of an event, and replaces a previous one.
    pub(super) fn set_listener<E, F, Fut>(&self, listener: F)
    where
        E: Event + DeserializeOwned + Send,
        E::Ack: Serialize,
        F: Fn(E) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = E::Ack> + Send + 'static,
    {
        let listener = Arc::new(listener);
        let typed = move |mut arguments: Arguments| -> BoxFuture<'static, Result<Data, ServerSideError>> {
            let listener = listener.clone();
            Box::pin(async move {
                let event = || E::NAME.to_owned();
                let value = arguments.all();
                let value =
                    value.map_err(|error| ServerSideError::Unfit { event: event(), message: error.to_string() })?;
                drop(arguments);
                // Also catches a panic of the call itself.
                let ack = catch_panic_in(async { listener(value).await }).await;
                let ack = ack.map_err(|message| ServerSideError::Panicked { event: event(), message })?;
                Data::write_ack(&ack).map_err(|source| ServerSideError::Unwritable { event: event(), source })
            })
        };
        write(&self.listeners).insert(E::NAME, Arc::new(typed));
    }

    /// Removes the listener of an event. Returns `true` if the event had one.
    pub(super) fn remove_listener(&self, name: &str) -> bool {
        write(&self.listeners).remove(name).is_some()
    }

    /// Passes an event of another server to its listener.
    pub(super) async fn handle_event(&self, event: &Data) -> Result<Data, ServerSideError> {
        let name = event.name().unwrap_or_default();
        let listener = read(&self.listeners).get(name).cloned();
        match (listener, event.head()) {
            (Some(listener), Some(head)) => {
                listener(Arguments::event(event.json(), event.attachments().to_vec(), head.clone())).await
            }
            _ => Err(ServerSideError::Unhandled(name.to_owned())),
        }
    }
}

impl fmt::Debug for ServerSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSide").finish_non_exhaustive()
    }
}
