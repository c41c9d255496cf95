//! What rustc is to find out about types, as `static` items: `cargo check` evaluates those, and no `const` block inside a
//! function.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::Attribute;

/// Fails the build at `span`, with the message, unless `holds`.
pub(crate) fn assertion(span: Span, cfg: &[Attribute], holds: &TokenStream, message: &str) -> TokenStream {
    // It is a format string, and a path has braces.
    let message = message.replace('{', "{{").replace('}', "}}");
    quote_spanned! {span=>
        #(#cfg)*
        const _: () = {
            static _CHECK: () = ::core::assert!(#holds, #message);
        };
    }
}

/// Whether one of the tokens is such an identifier.
pub(crate) fn mentions(tokens: TokenStream, ident: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => ident(&found),
        TokenTree::Group(group) => mentions(group.stream(), ident),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
