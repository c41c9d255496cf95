//! Types whose parts have `#[cfg]` or `#[cfg_attr]`.
//!
//! rustc evaluates both in the input of a derive macro, but not in the input of an attribute macro. `#[event]` and
//! `#[payload]` therefore add two attributes to such a type and return it. The derive macro `Evaluated` receives the evaluated
//! type and expands the attribute macro there; `#[unevaluated]` then removes the original type.

use crate::{errors::Errors, event, framework::Framework, lints, payload};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, DeriveInput, MetaList, visit::Visit};

/// Returns `true` if rustc has to evaluate the type first.
pub(crate) fn is_needed(input: &DeriveInput) -> bool {
    let mut conditional = FindConditional(false);
    conditional.visit_derive_input(input);
    // rustc does not report uses of a deprecated type in the output of a derive macro.
    conditional.0 || lints::of_type(input).is_some()
}

/// Returns the type with the attributes that make rustc evaluate it and then expand the attribute macro of this name.
pub(crate) fn first(name: &str, options: &TokenStream, framework: &Framework, item: &TokenStream) -> TokenStream {
    let name = format_ident!("{name}");
    quote! {
        #[derive(#framework::Evaluated)]
        #[#framework::unevaluated(#name(#options))]
        #item
    }
}

/// Runs the macro that [`first`] was called for.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let parsed = syn::parse2(item).and_then(|mut input: DeriveInput| {
        let is_ours = |attribute: &mut Attribute| {
            attribute.path().segments.last().is_some_and(|segment| segment.ident == "unevaluated")
        };
        let Some(ours) = input.attrs.extract_if(.., is_ours).next() else {
            return Err(syn::Error::new_spanned(&input.ident, "`Evaluated` is for `#[event]` and `#[payload]` only"));
        };
        Ok((ours.parse_args::<MetaList>()?, input))
    });
    match parsed {
        Ok((call, input)) if call.path.is_ident("event") => {
            let mut errors = Errors::default();
            let options = errors.ok(syn::parse2(call.tokens));
            event::expand(options, input, errors)
        }
        Ok((call, input)) => {
            let mut errors = Errors::default();
            let framework = payload::options(call.tokens, &mut errors);
            payload::expand(&framework, input, errors)
        }
        Err(error) => error.into_compile_error(),
    }
}

struct FindConditional(bool);

impl Visit<'_> for FindConditional {
    fn visit_attribute(&mut self, attribute: &Attribute) {
        let is = |name: &str| attribute.path().is_ident(name);
        self.0 |= is("cfg") || is("cfg_attr");
    }
}
