//! Connected and connecting sockets, by the secret with which their clients claim them.

use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, Mutex, Weak};

use super::super::socket_inner::SocketInner;
use crate::sync::lock;

/// The recoverable sockets of a server that have a connection.
#[derive(Default)]
pub(super) struct LiveSockets(Mutex<HashMap<Arc<str>, Weak<SocketInner>>>);

impl LiveSockets {
    /// Adds a socket, and replaces an earlier one with this pid.
    pub(super) fn insert(&self, pid: &Arc<str>, socket: &Arc<SocketInner>) {
        lock(&self.0).insert(pid.clone(), Arc::downgrade(socket));
    }

    /// Removes a socket, unless a later one with this pid has replaced it.
    pub(super) fn remove(&self, pid: &str, socket: &SocketInner) {
        let mut sockets = lock(&self.0);
        if sockets.get(pid).is_some_and(|known| ptr::eq(known.as_ptr(), socket)) {
            sockets.remove(pid);
        }
    }

    pub(super) fn get(&self, pid: &str) -> Option<Arc<SocketInner>> {
        let socket = lock(&self.0).get(pid).cloned();
        // Upgraded after the lock is released, because dropping the last reference drops values of the application.
        socket?.upgrade()
    }
}
