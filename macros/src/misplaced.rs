//! serde's attributes above `#[payload]` or `#[event]`.
//!
//! rustc expands a type's attributes from the top, and knows `#[serde(..)]` only below the derives that declare it. The
//! prelude therefore has an attribute macro of that name, which moves the attribute below the others. Next to a derive, the
//! attribute belongs to the derive, and the macro is not called.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Path,
    parse::{Parse, ParseStream},
    parse_quote,
};

/// An item, without a look at what follows its attributes.
struct Item {
    attributes: Vec<Attribute>,
    rest: TokenStream,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { attributes: input.call(Attribute::parse_outer)?, rest: input.parse()? })
    }
}

/// Returns the item with `#[serde(options)]` as its last attribute.
pub(crate) fn move_down(options: &TokenStream, item: TokenStream) -> TokenStream {
    // The tokens of an item begin with attributes that parse.
    let Ok(Item { mut attributes, rest }) = syn::parse2(item.clone()) else { return item };
    if !attributes.iter().any(|attribute| can_add_derives(attribute.path())) {
        let message = "`#[serde(..)]` needs `#[payload]` or `#[event(..)]` on the type, or a derive of serde's";
        let error = syn::Error::new(Span::call_site(), message).into_compile_error();
        return quote!(#error #(#attributes)* #rest);
    }
    attributes.push(parse_quote!(#[serde(#options)]));
    attributes.iter().map(ToTokens::to_token_stream).chain([rest]).collect()
}

fn can_add_derives(path: &Path) -> bool {
    let name = path.segments.last().map(|segment| segment.ident.to_string());
    name.is_some_and(|name| matches!(name.as_str(), "cfg_attr" | "derive" | "event" | "payload"))
}
