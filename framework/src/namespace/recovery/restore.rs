//! Claims: a reconnecting client presents its secret and gets its session back.

use std::borrow::Cow;
use std::ptr;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::super::connection::Shared;
use super::super::namespace_state::NamespaceState;
use super::super::socket_inner::{SharedConnection, SocketInner};
use super::expired::ExpiryReason;
use super::namespace_log::Ledger;
use super::offset::Named;
use super::socket::{Parked, Recoverable};
use crate::engine::generate_id;
use crate::protocol::json::end_of_value;

/// A session that a connecting client has claimed.
pub(in super::super) struct Claim {
    pub(super) parked: Arc<Parked>,
    /// The log position of the first packet that the client may have missed.
    pub(super) from: u64,
    /// The last packet that the client received, as reported by the client.
    pub(super) received: Named,
}

/// The fields that the client's library adds to the application's `auth` payload.
#[derive(Deserialize)]
struct Former {
    pid: String,
    /// The last argument of the last event that the client received, a string.
    offset: Option<Value>,
}

/// Returns `auth` as the application sees it, without the fields of the client's library; `None` if it has no such
/// fields.
pub(in super::super) fn without_former(auth: &str) -> Option<String> {
    Former::read(auth).map(|_| without_names(auth))
}

impl Former {
    fn read(auth: &str) -> Option<Self> {
        serde_json::from_str(auth).ok()
    }
}

/// Removes the fields that the client's library added. `pid` is a secret that handlers must not see.
fn without_names(auth: &str) -> String {
    let mut kept = Vec::new();
    let mut at = 1;
    while let Some(length) = auth.get(at..).and_then(|rest| rest.find('"')) {
        let start = at + length;
        let Some(key_end) = end_of_value(auth, start) else { break };
        let colon = auth.get(key_end..).and_then(|rest| rest.find(':'));
        let Some(end) = colon.and_then(|colon| end_of_value(auth, key_end + colon + 1)) else { break };
        let key = serde_json::from_str::<Cow<'_, str>>(&auth[start..key_end]);
        if !key.is_ok_and(|key| key == "pid" || key == "offset") {
            kept.push(&auth[start..end]);
        }
        at = end;
    }
    format!("{{{}}}", kept.join(","))
}

impl Ledger {
    /// Creates a socket for a connecting client: the claimed one if it can be recovered, otherwise a new one.
    #[cold]
    pub(in super::super) fn open(
        self: &Arc<Self>,
        namespace: &Arc<NamespaceState>,
        connection: Arc<SharedConnection>,
        shared: Arc<Shared>,
        auth: Option<&str>,
    ) -> Arc<SocketInner> {
        self.store.start_janitor();
        let former = auth.and_then(Former::read);
        let auth = auth.map(|auth| if former.is_some() { without_names(auth).into() } else { Cow::Borrowed(auth) });
        let claim = former.and_then(|former| {
            self.take_over(&former, &connection);
            self.claim(&former)
        });
        let parked = claim.as_ref().map(|claim| claim.parked.clone());
        let id = parked.as_ref().map_or_else(|| generate_id().into(), |parked| parked.id.clone());
        let recoverable = match claim {
            Some(claim) => Recoverable::again(self, claim),
            None => Recoverable::new(self, &id, generate_id()),
        };
        let pid = recoverable.pid.clone();
        let recovery = Some(Box::new(recoverable));
        let socket = Arc::new(SocketInner::new(id, namespace.clone(), connection, shared, auth.as_deref(), recovery));
        self.store.live.insert(&pid, &socket);
        if let Some(parked) = parked {
            socket.restore_rooms(&parked.rooms);
            if let Some(data) = &parked.data {
                // Cannot fail, because it was an object before.
                let _ = socket.data().replace(data);
            }
        }
        socket
    }

    /// Ends the connection of the claimed socket, if it is still live: the client has reconnected before the server
    /// noticed the disconnection. Afterwards, the session can be claimed.
    fn take_over(&self, former: &Former, connection: &Arc<SharedConnection>) {
        let Some(socket) = self.store.live.get(&former.pid) else { return };
        let is_own = socket.ledger().is_some_and(|own| ptr::eq(own, self));
        // On the same connection, the client still has that socket, and requests another one.
        if is_own && !Arc::ptr_eq(&socket.connection, connection) {
            socket.end_for_takeover();
        }
    }

    /// Claims a session. Fails if it does not exist, another connection has claimed it, or the missed packets are
    /// unknown.
    fn claim(self: &Arc<Self>, auth: &Former) -> Option<Claim> {
        let received = match &auth.offset {
            Some(Value::String(offset)) => self.store.offsets.read(offset),
            Some(_) => return None,
            None => Named::Nothing,
        };
        let parked = self.store.claim(&auth.pid, self)?;
        let from = {
            let log = self.lock();
            let (track, most) = (&parked.track, self.store.most_missed);
            let from = track.resume(&log, &parked.id, parked.away, received, most);
            from.filter(|from| self.missed(&log, &parked.id, track, *from).is_some())
        };
        match from {
            Some(from) => Some(Claim { parked, from, received }),
            None => {
                self.store.tell(self.store.forget(&auth.pid).into_iter().collect(), ExpiryReason::Missed);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_added_is_taken_out_of_the_auth() {
        for (auth, expected) in [
            (r#"{"pid":"a"}"#, "{}"),
            (r#"{"pid":"a","offset":"b"}"#, "{}"),
            (r#"{"pid":"a","offset":"b","token":"t"}"#, r#"{"token":"t"}"#),
            (
                r#" { "a" : [1, {"pid": 2}] , "pid":"x,}" , "b":12345678901234567890 } "#,
                r#"{"a" : [1, {"pid": 2}],"b":12345678901234567890}"#,
            ),
            (r#"{"\u0070id":"a","\"offset":1}"#, r#"{"\"offset":1}"#),
        ] {
            assert_eq!(without_names(auth), expected, "{auth}");
        }
    }
}
