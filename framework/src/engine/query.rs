//! The query parameters of Engine.IO.

use std::borrow::Cow;

use http::request::Parts;

const NAMES: [&str; 4] = ["EIO", "transport", "sid", "b64"];

/// The parameters of a request. If one is repeated, the last value counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query<'a> {
    pub(super) version: Option<Cow<'a, str>>,
    pub(super) transport: Option<Cow<'a, str>>,
    pub(super) sid: Option<Cow<'a, str>>,
    /// Revision 3: the client cannot receive binary data.
    pub(super) base64: bool,
}

impl<'a> Query<'a> {
    pub(super) fn of(request: &'a Parts) -> Self {
        Self::parse(request.uri.query().unwrap_or_default())
    }

    fn parse(text: &'a str) -> Self {
        let mut query = Self::default();
        if text.as_bytes().contains(&b'%') || text.as_bytes().contains(&b'+') {
            for (name, value) in form_urlencoded::parse(text.as_bytes()) {
                query.set(&name, value);
            }
            return query;
        }
        // Real clients encode nothing here. Decoding would only copy.
        let mut rest = Some(text);
        while let Some(text) = rest {
            // A plain loop: on such short texts, `str::split_once` spends more time setting up its search.
            let end = text.bytes().position(|b| b == b'&');
            let pair = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
            rest = end.and_then(|end| text.get(end + 1..));
            if let Some((name, value)) = NAMES.iter().find_map(|name| Some((name, value(pair, name)?))) {
                query.set(name, value.into());
            }
        }
        query
    }

    fn set(&mut self, name: &str, value: Cow<'a, str>) {
        match name {
            "EIO" => self.version = Some(value),
            "transport" => self.transport = Some(value),
            // An empty value counts as absent, as in Node.js: some clients send `sid=` for no session.
            "sid" => self.sid = Some(value).filter(|sid| !sid.is_empty()),
            "b64" => self.base64 = !value.is_empty(),
            _ => {}
        }
    }
}

/// The value in `pair` if it has this name. Empty if there is only the name.
fn value<'a>(pair: &'a str, name: &str) -> Option<&'a str> {
    match pair.strip_prefix(name)? {
        "" => Some(""),
        rest => rest.strip_prefix('='),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_encoded_queries_are_read_alike() {
        fn read(text: &str) -> [Option<String>; 3] {
            let Query { version, transport, sid, base64 } = Query::parse(text);
            assert_eq!(base64, text.contains("b64=1"));
            [version, transport, sid].map(|value| value.map(Cow::into_owned))
        }
        let expected = |values: [Option<&str>; 3]| values.map(|value| value.map(str::to_owned));
        for (text, values) in [
            ("", [None; 3]),
            ("EIO=4&transport=polling&sid=abc", [Some("4"), Some("polling"), Some("abc")]),
            ("EIO=3&x=1&EIO=4&sid=a&sid=", [Some("4"), None, None]),
            ("EIO&transport=a=b&&sid==", [Some(""), Some("a=b"), Some("=")]),
            ("b64&EIO=3&b64=&b64x=1", [Some("3"), None, None]),
            ("b64=&EIO=3&b64=1", [Some("3"), None, None]),
        ] {
            assert_eq!(read(text), expected(values), "{text}");
            // With an encoded character anywhere, the full decoder is used.
            assert_eq!(read(&format!("{text}&t=%20")), expected(values), "{text}");
        }
        assert_eq!(read("%45IO=4&sid=a+b%26"), expected([Some("4"), None, Some("a b&")]));
    }
}
