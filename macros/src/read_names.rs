//! Names that serde reads and never writes: `#[serde(alias = "..")]` and `#[serde(other)]`.
//!
//! schemars ignores both. Keywords in the schema record them for the comparison of contracts.

use crate::{fields::serde_options, framework::Framework};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Lit, LitStr, Meta, parse_quote};

/// Adds the keywords to the fields and variants of a payload.
pub(crate) fn describe(input: &mut DeriveInput, framework: &Framework) {
    let options = serde_options(&input.attrs);
    let (tag, content) = (text(&options, "tag"), text(&options, "content"));
    let is_untagged = has(&options, "untagged");
    match &mut input.data {
        Data::Struct(data) => fields(&mut data.fields),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                fields(&mut variant.fields);
                if !is_untagged {
                    let no_content = content.filter(|_| matches!(variant.fields, Fields::Unit));
                    annotate(&mut variant.attrs, tag, no_content, framework);
                }
            }
        }
        Data::Union(_) => {}
    }
}

fn fields(fields: &mut Fields) {
    for field in fields {
        let options = serde_options(&field.attrs);
        let aliases = aliases(&options);
        // The fields of a tuple and flattened fields have no names.
        let is_named = field.ident.is_some() && !has(&options, "flatten");
        if is_named && is_read(&options) && !aliases.is_empty() {
            field.attrs.push(parse_quote!(#[schemars(extend("x-aliases" = [#(#aliases),*]))]));
        }
    }
}

fn annotate(attributes: &mut Vec<Attribute>, tag: Option<&LitStr>, no_content: Option<&LitStr>, framework: &Framework) {
    let options = serde_options(attributes);
    let (aliases, other) = (aliases(&options), has(&options, "other"));
    let has_keywords = no_content.is_some() || other || !aliases.is_empty();
    if is_read(&options) && !has(&options, "untagged") && has_keywords {
        let (tag, no_content) = (optional(tag), optional(no_content));
        attributes.push(parse_quote! {
            #[schemars(transform = #framework::schema::VariantKeywords {
                tag: #tag,
                no_content: #no_content,
                aliases: &[#(#aliases),*],
                other: #other,
            })]
        });
    }
}

fn optional(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote!(::std::option::Option::Some(#text)),
        None => quote!(::std::option::Option::None),
    }
}

fn is_read(options: &[Meta]) -> bool {
    !has(options, "skip") && !has(options, "skip_deserializing")
}

fn has(options: &[Meta], name: &str) -> bool {
    options.iter().any(|option| option.path().is_ident(name))
}

fn aliases(options: &[Meta]) -> Vec<&LitStr> {
    texts(options, "alias").collect()
}

fn text<'a>(options: &'a [Meta], name: &'a str) -> Option<&'a LitStr> {
    texts(options, name).next()
}

/// Returns the texts of all options `name = ".."`. serde reports other values.
fn texts<'a>(options: &'a [Meta], name: &'a str) -> impl Iterator<Item = &'a LitStr> {
    options.iter().filter_map(move |option| match option {
        Meta::NameValue(option) if option.path.is_ident(name) => match &option.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
            _ => None,
        },
        _ => None,
    })
}
