//! Templates such as `"channel:{org}:{0}"`: text with names in braces.

use syn::LitStr;

pub(crate) enum Part {
    Text(String),
    /// The text in braces.
    Name(String),
}

/// Returns the parts of a template: text, then names and text in turn. Each text may be empty.
pub(crate) fn parse(literal: &LitStr) -> syn::Result<Vec<Part>> {
    let fail = |message: &str| Err(syn::Error::new_spanned(literal, message));
    let source = literal.value();
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = source.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' | '}' if rest.peek() == Some(&character) => {
                rest.next();
                text.push(character);
            }
            '}' => return fail("`}` without `{`; for the character itself write `}}`"),
            '{' => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some(character) => name.push(character),
                        None => return fail("`{` without `}`; for the character itself write `{{`"),
                    }
                }
                parts.extend([Part::Text(std::mem::take(&mut text)), Part::Name(name)]);
            }
            other => text.push(other),
        }
    }
    parts.push(Part::Text(text));
    Ok(parts)
}
