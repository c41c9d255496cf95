//! What is otherwise for clients of Socket.IO 2, which speak revision 4 of its protocol.
//!
//! They are connected to `/` without asking, carry a query string in place of `auth`, derive the ids of their sockets
//! from the session's, and get errors without a message around them ([migration to 3.0], "the Socket.IO protocol").
//!
//! [migration to 3.0]: https://socket.io/docs/v4/migrating-from-2-x-to-3-0/

use serde_json::{Map, Value};

/// The path of a namespace, and its query string as what newer clients send as `auth`: an object of texts.
pub(super) fn path_and_auth(namespace: &str) -> (&str, Option<String>) {
    let Some((path, query)) = namespace.split_once('?') else { return (namespace, None) };
    let pairs = form_urlencoded::parse(query.as_bytes());
    let auth: Map<String, Value> = pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect();
    (path, Some(Value::Object(auth).to_string()))
}

/// The path without the query string that old clients add to each packet.
pub(super) fn path(namespace: &str) -> &str {
    namespace.split_once('?').map_or(namespace, |(path, _)| path)
}

/// The id that the client itself makes: no server tells it.
pub(super) fn socket_id(path: &str, sid: &str) -> String {
    if path == "/" { sid.to_owned() } else { format!("{path}#{sid}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_of_a_namespace_is_its_auth() {
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
    fn ids_are_those_that_clients_make() {
        assert_eq!(socket_id("/", "abc"), "abc");
        assert_eq!(socket_id("/admin", "abc"), "/admin#abc");
    }
}
