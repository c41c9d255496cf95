//! Lint levels in generated code.
//!
//! rustc reports few lints in tokens of a macro from another crate. Generated code has an `allow` only where it needs one,
//! because a program that forbids the lint cannot compile it (E0453).

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput};

/// Returns `#[allow(deprecated)]` if one of the attributes is `#[deprecated]`, because the generated code names that item.
pub(crate) fn of_attributes<'a>(mut attributes: impl Iterator<Item = &'a Attribute>) -> Option<TokenStream> {
    attributes.any(|attribute| attribute.path().is_ident("deprecated")).then(|| quote!(#[allow(deprecated)]))
}

/// Like [`of_attributes`], for a type, its variants and its fields.
pub(crate) fn of_type(input: &DeriveInput) -> Option<TokenStream> {
    let mut attributes: Vec<&Attribute> = input.attrs.iter().collect();
    match &input.data {
        Data::Struct(data) => attributes.extend(data.fields.iter().flat_map(|field| &field.attrs)),
        Data::Enum(data) => {
            for variant in &data.variants {
                attributes.extend(&variant.attrs);
                attributes.extend(variant.fields.iter().flat_map(|field| &field.attrs));
            }
        }
        Data::Union(_) => {}
    }
    of_attributes(attributes.into_iter())
}
