//! Names that TypeScript and AsyncAPI accept.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Returns `true` if TypeScript accepts the character at the start of an identifier.
fn is_start(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

/// Returns `true` if TypeScript accepts the character in an identifier. TypeScript also accepts `$`, which Rust's names
/// do not contain.
pub(super) fn is_part(c: char) -> bool {
    unicode_ident::is_xid_continue(c)
}

pub(super) fn is_identifier(name: &str) -> bool {
    let dollar = |c| c == '$';
    name.starts_with(|c| is_start(c) || dollar(c)) && name.chars().all(|c| is_part(c) || dollar(c))
}

/// Returns the name with `_` in place of each character that an identifier cannot have.
pub(super) fn identifier(name: &str) -> String {
    let mut identifier: String = name.chars().map(|c| if is_part(c) { c } else { '_' }).collect();
    if !identifier.starts_with(is_start) {
        identifier.insert(0, '_');
    }
    identifier
}

/// Returns `Page_Order`, the name of a `Page<Order>`, as `PageOrder`.
pub(super) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    identifier(&words.map(capitalized).fold(first, |name, word| name + &word))
}

pub(super) fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Returns an identifier in ASCII, as AsyncAPI requires for keys: `Größe` as `Gr-f6--df-e`. Two identifiers never
/// become the same, because no identifier has a `-`.
pub(super) fn ascii(identifier: &str) -> Cow<'_, str> {
    if identifier.is_ascii() {
        return identifier.into();
    }
    let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("-{:x}-", u32::from(c)) };
    identifier.chars().map(escaped).collect::<String>().into()
}

/// Returns the name, or else the name with the first free number, and adds it to `taken`.
pub(super) fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}{number}");
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_an_identifier() {
        for (name, expected) in [
            ("Größe", "Größe"),
            ("My Type", "My_Type"),
            ("a/b~c%", "a_b_c_"),
            ("2nd", "_2nd"),
            ("🚀", "_"),
            ("", "_"),
            ("·", "_·"),
        ] {
            assert_eq!(identifier(name), expected);
        }
        for (name, expected) in
            [("Page_Order", "PageOrder"), ("my_größe", "myGröße"), ("_2nd", "_2nd"), ("_", "_"), ("a_ärger", "aÄrger")]
        {
            assert_eq!(camel_case(name), expected);
        }
        assert!(["größe", "$ref", "_2"].into_iter().all(is_identifier));
        assert!(!["", "2", "a-b", "🚀"].into_iter().any(is_identifier));
    }

    #[test]
    fn identifiers_stay_apart_in_ascii() {
        let names = ["Größe", "Gröe", "Grßöe", "Gr_e", "Grödfße", "Größ", "Gre"];
        let ascii: BTreeSet<_> = names.iter().map(|name| ascii(name)).collect();
        assert_eq!(ascii.len(), names.len(), "{ascii:?}");
        assert!(ascii.contains("Gr-f6--df-e") && ascii.contains("Gr_e"), "{ascii:?}");
        assert!(ascii.iter().all(|name| name.is_ascii()));
    }
}
