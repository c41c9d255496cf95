//! A client that comes back: what it says, and what it gets.

use std::borrow::Cow;
use std::ptr;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::super::connection::Shared;
use super::super::hub::Hub;
use super::super::raw::{Link, RawSocket};
use super::expired::ExpiryReason;
use super::ledger::Ledger;
use super::offset::Named;
use super::socket::{Parked, Recoverable};
use crate::engine::generate_id;
use crate::protocol::json::end_of_value;

/// A session that somebody has claimed, and is about to get.
pub(in super::super) struct Claim {
    pub(super) parked: Arc<Parked>,
    /// What has been sent from this place on is missing.
    pub(super) from: u64,
    /// The last that the client says it has received.
    pub(super) received: Named,
}

/// What a client says of the connection that it had: its library adds it to the `auth` that the program gives it.
#[derive(Deserialize)]
struct Former {
    pid: String,
    /// The last argument of the last event that it has received: a string.
    offset: Option<Value>,
}

/// The `auth` of a client that wants its socket back, as the program sees it; `None` of one that does not.
pub(in super::super) fn without_former(auth: &str) -> Option<String> {
    Former::read(auth).map(|_| without_names(auth))
}

impl Former {
    fn read(auth: &str) -> Option<Self> {
        serde_json::from_str(auth).ok()
    }
}

/// The `auth` without what the client's library has added: `pid` is a secret that is no business of the handlers.
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
    /// A socket for a client that connects: the one that it had, if it can have it back, or else a new one.
    #[cold]
    pub(in super::super) fn open(
        self: &Arc<Self>,
        hub: &Arc<Hub>,
        link: Arc<Link>,
        shared: Arc<Shared>,
        auth: Option<&str>,
    ) -> Arc<RawSocket> {
        self.store.start_janitor();
        let former = auth.and_then(Former::read);
        let auth = auth.map(|auth| if former.is_some() { without_names(auth).into() } else { Cow::Borrowed(auth) });
        let claim = former.and_then(|former| {
            self.take_over(&former, &link);
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
        let socket = Arc::new(RawSocket::new(id, hub.clone(), link, shared, auth.as_deref(), recovery));
        self.store.live.insert(&pid, &socket);
        if let Some(parked) = parked {
            socket.restore_rooms(&parked.rooms);
            if let Some(data) = &parked.data {
                // It was an object before.
                let _ = socket.data().replace(data);
            }
        }
        socket
    }

    /// Ends the connection of the socket that a client claims, if it has one: the client has left it, and the server has not
    /// noticed yet. The socket can be claimed afterwards.
    fn take_over(&self, former: &Former, link: &Arc<Link>) {
        let Some(socket) = self.store.live.get(&former.pid) else { return };
        let is_own = socket.ledger().is_some_and(|own| ptr::eq(own, self));
        // On the same connection, the client knows of that socket and asks for another one.
        if is_own && !Arc::ptr_eq(&socket.link, link) {
            socket.hand_over();
        }
    }

    /// The session that a client wants back, if it is there, nobody else has it, and what the client has missed is known.
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
