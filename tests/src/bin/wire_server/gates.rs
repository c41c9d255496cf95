//! Gates: hold a handler or a connection until the test emits `release`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// Named gates. All are closed at the start.
#[derive(Default)]
pub(crate) struct Gates(Mutex<HashMap<String, watch::Sender<bool>>>);

impl Gates {
    pub(crate) fn open(&self, key: &str) {
        self.gate(key, |gate| gate.send_replace(true));
    }

    pub(crate) async fn pass(&self, key: &str) {
        let mut open = self.gate(key, watch::Sender::subscribe);
        // Gates are never removed, so the wait only ends when the gate opens.
        let _ = open.wait_for(|open| *open).await;
    }

    fn gate<T>(&self, key: &str, with: impl FnOnce(&watch::Sender<bool>) -> T) -> T {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        with(gates.entry(key.to_owned()).or_default())
    }
}
