//! Escapes untrusted text for display. An event name sent by a peer must not forge a log line or control a terminal.
//!
//! The `Display` of every error and every log field use this module. The fields of the errors keep the text as
//! received.

use std::borrow::Cow;

/// The maximum length of a displayed name, in bytes.
const NAME: usize = 64;
/// The maximum length of a displayed message, in bytes.
const MESSAGE: usize = 1024;

/// Escapes a name, such as an event or a namespace, and truncates it to 64 bytes.
pub(crate) fn name(text: &str) -> Cow<'_, str> {
    shown(text, NAME)
}

/// Escapes a message that may quote a peer's text, and truncates it to 1 KiB.
pub(crate) fn message(text: &str) -> Cow<'_, str> {
    shown(text, MESSAGE)
}

fn shown(text: &str, limit: usize) -> Cow<'_, str> {
    let kept = &text[..text.floor_char_boundary(limit)];
    let is_cut = kept.len() < text.len();
    if !is_cut && !kept.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(kept.len() + 3);
    for c in kept.chars() {
        if is_invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    if is_cut {
        shown.push('…');
    }
    shown.into()
}

/// Returns `true` for control characters, line separators, and characters that change how the surrounding text is
/// displayed: bidirectional formatting, joiners and tags.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::adapter::AdapterError;
    use crate::namespace::ServerSideError;
    use crate::{
        AckError, AnswerError, ConnectError, ConnectionErrorKind, EmitError, HandlerError, HandlerErrorKind, Rejection,
    };

    #[test]
    fn plain_text_is_not_copied() {
        for text in ["", "join", "é ü 漢字 🦀", r#"{"message":"no \"quotes\" are touched"}"#, &"x".repeat(64)] {
            assert!(matches!(name(text), Cow::Borrowed(shown) if shown == text), "{text}");
        }
    }

    #[test]
    fn invisible_characters_are_escaped() {
        for (text, expected) in [
            ("x\n[ok] admin logged in\u{1b}[31m", r"x\n[ok] admin logged in\u{1b}[31m"),
            ("a\r\tb\0\u{7f}\u{9b}31m", r"a\r\tb\u{0}\u{7f}\u{9b}31m"),
            ("user\u{202e}gpj.exe", r"user\u{202e}gpj.exe"),
            ("a\u{2028}b\u{2029}c\u{2066}d", r"a\u{2028}b\u{2029}c\u{2066}d"),
            ("\u{feff}\u{200b}\u{e0041}", r"\u{feff}\u{200b}\u{e0041}"),
        ] {
            assert_eq!(name(text), expected);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(name(&"x".repeat(65)), format!("{}…", "x".repeat(64)));
        assert_eq!(name(&"é".repeat(33)), format!("{}…", "é".repeat(32)));
        assert_eq!(name(&format!("{}é", "x".repeat(63))), format!("{}…", "x".repeat(63)));
        assert_eq!(message(&"x".repeat(1_000_000)).len(), 1024 + "…".len());
    }

    #[test]
    fn every_error_with_text_of_peers_is_one_short_line() {
        let hostile = format!("x\n[ok] admin logged in\u{1b}[31m\u{202e}{}", "x".repeat(100_000));
        let text = || hostile.clone();
        let unwritable = || serde_json::from_str::<u8>("x").unwrap_err();
        let of_handler = |kind| HandlerError { namespace: text(), event: text(), socket: text(), kind };
        let errors: [Box<dyn std::error::Error>; 19] = [
            Box::new(of_handler(HandlerErrorKind::Failed(text()))),
            Box::new(of_handler(HandlerErrorKind::Panicked(text()))),
            Box::new(of_handler(HandlerErrorKind::Unhandled)),
            Box::new(HandlerErrorKind::Failed(text())),
            Box::new(HandlerErrorKind::Panicked(text())),
            Box::new(HandlerErrorKind::Internal(Arc::from(Box::from(text())))),
            Box::new(ConnectionErrorKind::Forbidden(text())),
            Box::new(ConnectionErrorKind::ForeignOrigin { origin: text(), host: text() }),
            Box::new(ConnectError::new(text())),
            Box::new(Rejection::new(text())),
            Box::new(AnswerError::Disconnected { event: text() }),
            Box::new(AnswerError::Unwritable { event: text(), source: unwritable() }),
            Box::new(EmitError::Reserved { event: text() }),
            Box::new(EmitError::Unwritable { event: text(), source: unwritable() }),
            Box::new(AckError::Unfit { event: text(), message: text() }),
            Box::new(ServerSideError::Unhandled(text())),
            Box::new(ServerSideError::Unfit { event: text(), message: text() }),
            Box::new(ServerSideError::Panicked { event: text(), message: text() }),
            Box::new(AdapterError::new(text())),
        ];
        for error in errors {
            let shown = error.to_string();
            assert!(!shown.contains(is_invisible) && shown.len() < 1500, "{shown}");
        }
    }

    proptest! {
        #[test]
        fn nothing_invisible_is_left(text in "\\PC{0,40}[\\x00-\\x20\u{80}-\u{a0}\u{2000}-\u{206f}]{0,9}\\PC{0,40}") {
            prop_assert!(!name(&text).contains(is_invisible));
            prop_assert!(!message(&text).contains(is_invisible));
        }
    }
}
