//! The framework's path in generated code: `::switchboard`, or the value of the option `crate`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, LitStr, Path, Token, ext::IdentExt, parse::ParseStream};

/// The path of the framework's module for generated code. Default: `::switchboard::__private`.
#[derive(Clone, Default)]
pub(crate) struct Framework(Option<Path>);

impl Framework {
    /// Returns the path of an item in the module as a string, which the attributes of serde and schemars take.
    pub(crate) fn literal(&self, below: &TokenStream) -> LitStr {
        LitStr::new(&quote!(#self::#below).to_string(), Span::call_site())
    }

    /// Parses the value of the option `crate`, from the `=` on.
    pub(crate) fn parse_value(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        const NEEDS_PATH: &str = "`crate` needs the framework's path, in quotes: `crate = \"company::switchboard\"`";
        input.parse::<Token![=]>().map_err(|_| syn::Error::new_spanned(key, NEEDS_PATH))?;
        let path: LitStr = input.parse().map_err(|error| syn::Error::new(error.span(), NEEDS_PATH))?;
        let parsed = path.parse_with(Path::parse_mod_style);
        Ok(Self(Some(parsed.map_err(|_| syn::Error::new_spanned(path, NEEDS_PATH))?)))
    }

    /// Parses an optional `crate = ".."`. `expected` is the message for any other option.
    pub(crate) fn parse_option(input: ParseStream<'_>, expected: &str) -> syn::Result<Option<Self>> {
        let mut framework = None;
        while !input.is_empty() {
            let key = input.call(Ident::parse_any).map_err(|error| syn::Error::new(error.span(), expected))?;
            if key != "crate" {
                return Err(syn::Error::new_spanned(key, expected));
            }
            if framework.is_some() {
                return Err(syn::Error::new_spanned(key, "`crate` is given twice"));
            }
            framework = Some(Self::parse_value(&key, input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(framework)
    }
}

impl ToTokens for Framework {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match &self.0 {
            None => quote!(::switchboard::__private),
            Some(path) => quote!(#path::__private),
        });
    }
}
