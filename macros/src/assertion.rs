//! Assertions about types, as `static` items: `cargo check` evaluates these, and does not evaluate a `const` block
//! inside a function.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::Attribute;

/// Fails the build at `span` with the message unless `holds` is true.
pub(crate) fn assertion(span: Span, cfg: &[Attribute], holds: &TokenStream, message: &str) -> TokenStream {
    // The message becomes a format string, and a path has braces.
    let message = message.replace('{', "{{").replace('}', "}}");
    quote_spanned! {span=>
        #(#cfg)*
        const _: () = {
            static _CHECK: () = ::core::assert!(#holds, #message);
        };
    }
}

/// Returns `true` if one of the tokens is an identifier that `ident` accepts.
pub(crate) fn mentions(tokens: TokenStream, ident: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => ident(&found),
        TokenTree::Group(group) => mentions(group.stream(), ident),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
