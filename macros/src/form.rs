//! The form that serde's derives give a type, as far as its declaration shows it.

use crate::fields::serde_options;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields};

/// Returns `true` if the type is a single value by its declaration.
pub(crate) fn is_single(input: &DeriveInput) -> bool {
    !travels_as_another_type(&input.attrs) && !is_spread(&input.data)
}

/// The keyword for the schema of a type that serde reads as another type, and writes as it is declared.
pub(crate) fn keyword(input: &DeriveInput) -> Option<TokenStream> {
    let is_read_as_another = has_any(&input.attrs, &["from", "try_from"]) && !has_any(&input.attrs, &["into"]);
    let spread = is_spread(&input.data);
    is_read_as_another.then(|| quote!(, extend("x-spread" = #spread)))
}

pub(crate) fn travels_as_another_type(attributes: &[Attribute]) -> bool {
    has_any(attributes, &["from", "into", "transparent", "try_from"])
}

fn has_any(attributes: &[Attribute], keys: &[&str]) -> bool {
    serde_options(attributes).iter().any(|option| keys.iter().any(|key| option.path().is_ident(key)))
}

/// Returns `true` for a tuple struct and a unit struct.
fn is_spread(data: &Data) -> bool {
    let Data::Struct(data) = data else { return false };
    match &data.fields {
        Fields::Unit => true,
        Fields::Named(_) => false,
        Fields::Unnamed(fields) => fields.unnamed.len() != 1,
    }
}
