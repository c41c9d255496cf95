//! `#[derive(Room)]`: a name for each variant.

mod template;

use crate::{errors::Errors, framework::Framework, lints};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::HashMap;
use syn::{
    Attribute, Data, DeriveInput, Fields, LitStr, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    parse_quote,
};
use template::Template;

/// A struct, or a variant of an enum: each has one name.
struct Shape<'a> {
    ident: &'a Ident,
    /// The path in a pattern: `Self`, or `Self::Lobby`.
    path: TokenStream,
    fields: Vec<Field<'a>>,
    template: Template,
}

struct Field<'a> {
    /// The name in a template.
    name: String,
    /// The member in a pattern: a name or a number.
    member: syn::Member,
    ty: &'a Type,
    /// The local variable in a pattern. It has the span of the type, where rustc reports a missing `Display`.
    local: Ident,
}

pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let (shapes, framework) = read(&input, &mut errors);
    check_names(&shapes, &mut errors);

    let ident = &input.ident;
    let mut generics = input.generics.clone();
    if generics.type_params().next().is_some() {
        let used = shapes.iter().flat_map(|shape| &shape.fields).map(|field| field.ty);
        let bounds: Vec<syn::WherePredicate> = used.map(|ty| parse_quote!(#ty: ::core::fmt::Display)).collect();
        generics.make_where_clause().predicates.extend(bounds);
    }
    let (generics, arguments, where_clause) = generics.split_for_impl();
    let body = match errors.into_tokens() {
        // An impl exists in spite of an error: otherwise every use of the type would be an error too.
        Some(errors) => quote!(#errors ::core::unreachable!()),
        None => {
            let arms = shapes.iter().map(arm);
            quote!(match *self { #(#arms)* })
        }
    };
    let allow = lints::of_type(&input);
    quote! {
        #allow
        const _: () = {
            use #framework as __p;
            #[automatically_derived]
            impl #generics __p::Room for #ident #arguments #where_clause {
                fn name(&self) -> __p::std::borrow::Cow<'_, str> { #body }
            }
        };
    }
}

/// Reads the room names and the type's options.
fn read<'a>(input: &'a DeriveInput, errors: &mut Errors) -> (Vec<Shape<'a>>, Framework) {
    let Options { name, framework } = Options::of(&input.attrs, errors);
    let shapes = match &input.data {
        Data::Struct(data) => vec![shape(&input.ident, quote!(Self), &data.fields, name, errors)],
        Data::Enum(data) => {
            if let Some(name) = name {
                errors.at(name, "an enum's variants name rooms, not the enum: put this on a variant");
            }
            let shape = |variant: &'a syn::Variant| {
                let (ident, options) = (&variant.ident, Options::of(&variant.attrs, errors));
                if options.framework.is_some() {
                    errors.at(ident, "`#[room(crate = \"..\")]` goes on the type");
                }
                shape(ident, quote!(Self::#ident), &variant.fields, options.name, errors)
            };
            data.variants.iter().map(shape).collect()
        }
        Data::Union(data) => {
            errors.at(data.union_token, "a union cannot name a room");
            Vec::new()
        }
    };
    (shapes, framework.unwrap_or_default())
}

/// `#[room("channel:{0}")]`, and on the type `#[room(crate = "company::switchboard")]`.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    framework: Option<Framework>,
}

impl Options {
    fn of(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("room")) {
            let Some(Self { name, framework }) = errors.ok(attribute.parse_args()) else { continue };
            if options.name.is_some() && name.is_some() {
                errors.at(attribute, "a room has one name");
            }
            options.name = options.name.or(name);
            options.framework = options.framework.or(framework);
        }
        options
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const EXPECTED: &str = "expected a name, in quotes: `#[room(\"lobby\")]`";
        let name: Option<LitStr> = if input.peek(LitStr) { Some(input.parse()?) } else { None };
        if name.is_none() && !input.peek(Token![crate]) {
            return Err(input.error(EXPECTED));
        }
        if name.is_some() && !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Self { name, framework: Framework::parse_option(input, EXPECTED)? })
    }
}

fn shape<'a>(
    ident: &'a Ident,
    path: TokenStream,
    fields: &'a Fields,
    literal: Option<LitStr>,
    errors: &mut Errors,
) -> Shape<'a> {
    let fields: Vec<Field<'a>> = fields
        .iter()
        .zip(fields.members())
        .enumerate()
        .map(|(i, (field, member))| Field {
            name: field.ident.as_ref().map_or_else(|| i.to_string(), |ident| ident.unraw().to_string()),
            member,
            ty: &field.ty,
            local: format_ident!("__field{i}", span = span_of(&field.ty)),
        })
        .collect();
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();

    let template = literal.and_then(|literal| errors.ok(Template::parse(&literal, &names)));
    let template = template.unwrap_or_else(|| Template::of(&kebab_case(&ident.unraw().to_string()), names.len()));
    Shape { ident, path, fields, template }
}

fn span_of(ty: &Type) -> Span {
    // Resolved at the macro's call site, so that it does not conflict with the user's locals.
    syn::spanned::Spanned::span(ty)
}

fn check_names(shapes: &[Shape<'_>], errors: &mut Errors) {
    let mut seen = HashMap::new();
    for shape in shapes {
        let name = shape.template.pattern();
        if let Some(first) = seen.insert(name.clone(), shape.ident) {
            errors.at(shape.ident, format_args!("`{}` and `{first}` name the same room {name:?}", shape.ident));
        }
    }
}

fn arm(shape: &Shape<'_>) -> TokenStream {
    let Shape { path, fields, template, .. } = shape;
    if fields.is_empty() {
        let name = template.pattern();
        return quote!(#path { .. } => __p::std::borrow::Cow::Borrowed(#name),);
    }
    let (members, locals) = (fields.iter().map(|field| &field.member), fields.iter().map(|field| &field.local));
    let (format, order) = template.format();
    let values = order.into_iter().map(|index| &fields[index].local);
    quote! {
        #path { #(#members: ref #locals),* } => __p::std::borrow::Cow::Owned(__p::std::format!(#format #(, #values)*)),
    }
}

/// Converts `DirectMessages` to `direct-messages`.
fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(character.to_lowercase());
    }
    kebab
}
