//! Rules for names on the wire: events and namespace paths.

use crate::errors::Errors;
use syn::LitStr;

/// Names that the Socket.IO client and Node's event emitter use themselves: a listener could not distinguish them.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

pub(crate) fn check_event(name: &LitStr, errors: &mut Errors) {
    let value = name.value();
    if value.is_empty() {
        errors.at(name, "an event needs a name");
    }
    if RESERVED.contains(&value.as_str()) {
        let hint = match value.as_str() {
            "connect" => "; for connections use `#[on_connect]`",
            "disconnect" | "disconnecting" => "; for disconnections use `#[on_disconnect]`",
            _ => "",
        };
        errors.at(name, format_args!("`{value}` is reserved by Socket.IO{hint}"));
    }
}

/// Checks a path. `text` is the path without its parameters.
pub(crate) fn check_path(path: &LitStr, text: &str, errors: &mut Errors) {
    let forbidden = |c: char| matches!(c, ',' | '?' | '#') || c.is_whitespace() || c.is_control();
    if !text.starts_with('/') {
        errors.at(path, format_args!("a namespace path starts with `/`: write \"/{}\"", path.value()));
    }
    if let Some(character) = text.chars().find(|&c| forbidden(c)) {
        errors.at(path, format_args!("a namespace path cannot contain {character:?}"));
    }
}
