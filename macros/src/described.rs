//! Schemas for fields whose types may not implement `JsonSchema`.
//!
//! schemars' derive requires a `JsonSchema` impl for the type of every field. Where a type may lack one,
//! `#[schemars(with = "..")]` gives the derive another type. An impl beside the payload defines that type, and
//! describes the field as far as its type is known.

use crate::{
    fields::{FieldOptions, Form, has_own_functions, serde_options},
    framework::Framework,
    keys, lints, parameters,
    spelling::{is_plain, optional},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::borrow::Cow;
use syn::{Data, DeriveInput, Field, Fields, Generics, LitStr, Meta, Type, parse_quote, spanned::Spanned};

/// Rewrites the payload for schemars' derive, and returns the impls that describe its fields.
pub(crate) fn fields(input: &mut DeriveInput, framework: &Framework) -> TokenStream {
    let payload = Payload::of(input, framework);
    let mut impls = Vec::new();
    match &mut input.data {
        Data::Struct(data) => payload.fields(&mut data.fields, false, &mut impls),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                if has_own_functions(&serde_options(&variant.attrs)) {
                    // The output of a variant's own functions is unknown.
                    let unknown = framework.literal(&quote!(Unknown<()>));
                    variant.attrs.push(parse_quote!(#[schemars(with = #unknown)]));
                    continue;
                }
                let is_newtype = matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
                let inline = payload.merges_variants && is_newtype;
                payload.fields(&mut variant.fields, inline, &mut impls);
            }
        }
        Data::Union(_) => {}
    }
    payload.conversions(input, &mut impls);
    if impls.is_empty() {
        return TokenStream::new();
    }
    let allow = lints::of_type(input);
    quote! {
        #allow
        const _: () = {
            use #framework as __p;
            use __p::{
                DescribeBinary as _, DescribeContainer as _, DescribeKnown as _, DescribeUnknown as _, KnownForm as _,
                NotOptional as _, UnknownForm as _,
            };
            #(#impls)*
        };
    }
}

struct Payload<'a> {
    framework: &'a Framework,
    /// The type as its own impls name it: `Page<'a, T>`.
    ty: TokenStream,
    generics: Generics,
    /// Set for an internally tagged enum: the fields of a newtype variant's content are beside the tag.
    merges_variants: bool,
}

impl<'a> Payload<'a> {
    fn of(input: &DeriveInput, framework: &'a Framework) -> Self {
        let (ty, generics) = parameters::of_descriptions(input);
        let options = serde_options(&input.attrs);
        let has = |name: &str| options.iter().any(|option| option.path().is_ident(name));
        Self { framework, ty, generics, merges_variants: has("tag") && !has("content") }
    }

    fn fields(&self, fields: &mut Fields, inline: bool, impls: &mut Vec<TokenStream>) {
        for field in fields {
            let options = FieldOptions::of(field);
            match options.form {
                Form::Skipped | Form::Described => {}
                Form::Bytes => {
                    let bytes = self.framework.literal(&quote!(BinaryData));
                    field.attrs.push(parse_quote!(#[schemars(with = #bytes)]));
                }
                Form::As(form) => {
                    let (framework, ty, form) = (self.framework, &field.ty, Ident::new(form, Span::call_site()));
                    let with = LitStr::new(&quote!(#framework::As<#framework::#form, #ty>).to_string(), ty.span());
                    field.attrs.push(parse_quote!(#[schemars(with = #with)]));
                }
                Form::Value if is_plain(&field.ty, &self.generics) => {
                    let framework = self.framework;
                    if let Cow::Owned(ty) = keys::described(&field.ty, &quote!(#framework)) {
                        let with = LitStr::new(&ty.to_token_stream().to_string(), field.ty.span());
                        field.attrs.push(parse_quote!(#[schemars(with = #with)]));
                    }
                }
                Form::Value | Form::Custom => self.field(field, &options, inline, impls),
            }
        }
    }

    fn field(&self, field: &mut Field, options: &FieldOptions, inline: bool, impls: &mut Vec<TokenStream>) {
        let ty = &*keys::described(&field.ty, &quote!(__p));
        let inline = inline || options.flatten;
        let (leave, describe) = match optional(ty) {
            _ if matches!(options.form, Form::Custom) => {
                (quote!(false), quote!(__p::DescribeUnknown::describe_field(&__p::Probe::<#ty>::NEW, __generator)))
            }
            Some(inner) => (quote!(true), probe(inner, inline)),
            // rustc recognizes an alias of `Option` by its type. A constant cannot evaluate this for a generic payload.
            None if self.generics.params.is_empty() => (quote!({ __p::Probe::<#ty>::OPTIONAL }), probe(ty, inline)),
            None => (quote!(false), probe(ty, inline)),
        };
        let describe = if options.flatten { quote!(__p::flattened(#describe)) } else { describe };
        let with = self.describe(&leave, &describe, impls);
        // Located at the type, but part of the expansion: otherwise rustc reports a deprecated payload here.
        let with = LitStr::new(&with.to_string(), field.ty.span().resolved_at(Span::call_site()));
        field.attrs.push(parse_quote!(#[schemars(with = #with)]));
    }

    /// Describes the other type that the payload is written as or read from.
    fn conversions(&self, input: &mut DeriveInput, impls: &mut Vec<TokenStream>) {
        for option in serde_options(&input.attrs) {
            let Meta::NameValue(option) = option else { continue };
            if !["from", "into", "try_from"].iter().any(|name| option.path.is_ident(name)) {
                continue;
            }
            // serde reports options that do not parse.
            let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(literal), .. }) = &option.value else { continue };
            let Ok(ty) = literal.parse::<Type>() else { continue };
            let mut describe = probe(&ty, true);
            if option.path.is_ident("into") {
                describe = quote! {{
                    let __schema = #describe;
                    __p::written_as::<Self>(__generator, __schema, (&&__p::Probe::<#ty>::NEW).form())
                }};
            }
            let with = self.describe(&quote!(false), &describe, impls);
            let (key, with) = (&option.path, LitStr::new(&with.to_string(), literal.span()));
            input.attrs.push(parse_quote!(#[schemars(#key = #with)]));
        }
    }

    /// Adds the impl that describes one more type, and returns the type that uses it.
    fn describe(&self, leave: &TokenStream, describe: &TokenStream, impls: &mut Vec<TokenStream>) -> TokenStream {
        let Self { framework, ty, generics, .. } = self;
        let (parameters, _, where_clause) = generics.split_for_impl();
        let index = impls.len();
        impls.push(quote! {
            #[automatically_derived]
            impl #parameters __p::Field<#index> for #ty #where_clause {
                type Type = <__p::Leave<#leave> as __p::FieldType<Self, #index>>::Type;

                fn describe(__generator: &mut __p::schemars::SchemaGenerator) -> __p::schemars::Schema {
                    #describe
                }
            }
        });
        quote!(<#ty as #framework::Field<#index>>::Type)
    }
}

fn probe(ty: &Type, inline: bool) -> TokenStream {
    let method = if inline { quote!(describe_inline) } else { quote!(describe_field) };
    quote!((&&&&__p::Probe::<#ty>::NEW).#method(__generator))
}
