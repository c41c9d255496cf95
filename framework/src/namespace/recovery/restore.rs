//! Restores the session of a reconnecting client, which presents the secret of the session.

use std::borrow::Cow;
use std::ptr;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::super::connection::Shared;
use super::super::namespace_state::NamespaceState;
use super::super::socket_inner::{SharedConnection, SocketInner};
use super::expired::ExpiryReason;
use super::namespace_log::NamespaceLog;
use super::offset::ReportedOffset;
use super::socket::{Recoverable, SavedSession};
use crate::engine::generate_id;
use crate::protocol::json::end_of_value;

/// A session that a connecting client has claimed.
pub(in super::super) struct ClaimedSession {
    pub(super) session: Arc<SavedSession>,
    /// The log position of the first packet that the client may have missed.
    pub(super) first_missed: u64,
    /// The last packet that the client received, as reported by the client.
    pub(super) reported: ReportedOffset,
}

/// The fields that the client's library adds to the application's `auth` payload.
#[derive(Deserialize)]
struct RecoveryRequest {
    pid: String,
    /// The last argument of the last event that the client received, a string.
    offset: Option<Value>,
}

/// Returns `auth` as the application sees it, without the fields of the client's library; `None` if it has no such
/// fields.
pub(in super::super) fn strip_recovery_fields(auth: &str) -> Option<String> {
    RecoveryRequest::parse(auth).map(|_| remove_recovery_fields(auth))
}

impl RecoveryRequest {
    fn parse(auth: &str) -> Option<Self> {
        serde_json::from_str(auth).ok()
    }
}

/// Removes the fields that the client's library added. `pid` is a secret that handlers must not see.
fn remove_recovery_fields(auth: &str) -> String {
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

impl NamespaceLog {
    /// Creates a socket for a connecting client: the claimed one if it can be recovered, otherwise a new one.
    #[cold]
    pub(in super::super) fn create_socket(
        self: &Arc<Self>,
        namespace: &Arc<NamespaceState>,
        connection: Arc<SharedConnection>,
        shared: Arc<Shared>,
        auth: Option<&str>,
    ) -> Arc<SocketInner> {
        self.store.start_expiry_task();
        let request = auth.and_then(RecoveryRequest::parse);
        let auth =
            auth.map(|auth| if request.is_some() { remove_recovery_fields(auth).into() } else { Cow::Borrowed(auth) });
        let claim = request.and_then(|request| {
            self.take_over(&request, &connection);
            self.claim(&request)
        });
        let session = claim.as_ref().map(|claim| claim.session.clone());
        let id = session.as_ref().map_or_else(|| generate_id().into(), |session| session.id.clone());
        let recoverable = match claim {
            Some(claim) => Recoverable::recovered(self, claim),
            None => Recoverable::new(self, &id, generate_id()),
        };
        let pid = recoverable.pid.clone();
        let recovery = Some(Box::new(recoverable));
        let socket = Arc::new(SocketInner::new(id, namespace.clone(), connection, shared, auth.as_deref(), recovery));
        self.store.live.insert(&pid, &socket);
        if let Some(session) = session {
            socket.restore_rooms(&session.rooms);
            if let Some(data) = &session.data {
                // Cannot fail, because it was an object before.
                let _ = socket.data().replace(data);
            }
        }
        socket
    }

    /// Ends the connection of the claimed socket, if it is still live: the client has reconnected before the server
    /// noticed the disconnection. Afterwards, the session can be claimed.
    fn take_over(&self, request: &RecoveryRequest, connection: &Arc<SharedConnection>) {
        let Some(socket) = self.store.live.get(&request.pid) else { return };
        let is_own = socket.namespace_log().is_some_and(|own| ptr::eq(own, self));
        // On the same connection, the client still has that socket, and requests another one.
        if is_own && !Arc::ptr_eq(&socket.connection, connection) {
            socket.end_for_takeover();
        }
    }

    /// Claims a session. Fails if it does not exist, another connection has claimed it, or the missed packets are
    /// unknown.
    fn claim(self: &Arc<Self>, request: &RecoveryRequest) -> Option<ClaimedSession> {
        let reported = match &request.offset {
            Some(Value::String(offset)) => self.store.offsets.parse(offset),
            Some(_) => return None,
            None => ReportedOffset::Nothing,
        };
        let session = self.store.claim(&request.pid, self)?;
        let first_missed = {
            let log = self.lock();
            let (delivery_state, limit) = (&session.delivery_state, self.store.max_missed);
            let first_missed = delivery_state.first_missed(&log, &session.id, session.disconnected_at, reported, limit);
            first_missed.filter(|first_missed| self.missed(&log, &session.id, delivery_state, *first_missed).is_some())
        };
        match first_missed {
            Some(first_missed) => Some(ClaimedSession { session, first_missed, reported }),
            None => {
                self.store.report_expired(self.store.remove(&request.pid).into_iter().collect(), ExpiryReason::Missed);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_fields_are_removed_from_auth() {
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
            assert_eq!(remove_recovery_fields(auth), expected, "{auth}");
        }
    }
}
