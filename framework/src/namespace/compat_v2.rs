//! Compatibility with clients of Socket.IO 2, which use revision 4 of its protocol.
//!
//! The server connects them to `/` without a CONNECT packet. They send a query string instead of `auth`, derive their
//! socket ids from the session's id, and receive errors without an object around the message ([migration to 3.0], "the
//! Socket.IO protocol").
//!
//! [migration to 3.0]: https://socket.io/docs/v4/migrating-from-2-x-to-3-0/

use serde_json::{Map, Value};

/// Splits off the query string of a namespace, and returns it in the form of a newer client's `auth`: an object of
/// strings.
pub(super) fn path_and_auth(namespace: &str) -> (&str, Option<String>) {
    let Some((path, query)) = namespace.split_once('?') else { return (namespace, None) };
    let pairs = form_urlencoded::parse(query.as_bytes());
    let auth: Map<String, Value> = pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect();
    (path, Some(Value::Object(auth).to_string()))
}

/// Returns the path without the query string, which old clients add to each packet.
pub(super) fn path(namespace: &str) -> &str {
    namespace.split_once('?').map_or(namespace, |(path, _)| path)
}

/// Returns the socket id, which the client computes itself, because the server does not send it.
pub(super) fn socket_id(path: &str, sid: &str) -> String {
    if path == "/" { sid.to_owned() } else { format!("{path}#{sid}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_of_namespace_becomes_auth() {
        for (namespace, path, auth) in [
            ("/", "/", None),
            ("/admin", "/admin", None),
            ("/admin?", "/admin", Some("{}")),
            ("/admin?token=a%20b&x=1", "/admin", Some(r#"{"token":"a b","x":"1"}"#)),
            ("/admin?x=1&x=2&y", "/admin", Some(r#"{"x":"2","y":""}"#)),
            ("/?a=%22?", "/", Some(r#"{"a":"\"?"}"#)),
        ] {
            assert_eq!(path_and_auth(namespace), (path, auth.map(str::to_owned)), "{namespace}");
        }
    }

    #[test]
    fn socket_ids_equal_those_of_v2_clients() {
        assert_eq!(socket_id("/", "abc"), "abc");
        assert_eq!(socket_id("/admin", "abc"), "/admin#abc");
    }
}
