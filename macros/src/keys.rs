//! Checks and descriptions of the keys of maps, which have to be text in JSON.
//!
//! Only rustc knows how a key type is written. The checks therefore cover each map in the spelling of a type, and each
//! type that may be an alias of a map.

use crate::{
    assertion::{assertion, mentions},
    fields::{FieldOptions, Form, has_own_functions, serde_options},
    framework::Framework,
    lints,
    spelling::{is_scalar, spelled, ungrouped},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::borrow::Cow;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Fields, GenericArgument, Generics, Lit, Meta, PathArguments, Type,
    parse_quote,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

/// A part of a type.
enum Part<'a> {
    /// A map, with the types of its keys and its values.
    Map(&'a Type, &'a Type),
    /// A type without parameters, of which only the name is known.
    Named(&'a Type),
}

/// Fails the build at each map in a type whose keys can never be written, unless `excused`. A type for which `is_open`
/// is true has no meaning outside of its item, and only its spelling is checked.
pub(crate) fn checks(
    ty: &Type,
    cfg: &[Attribute],
    excused: Option<&TokenStream>,
    is_open: &impl Fn(&Type) -> bool,
) -> TokenStream {
    let mut parts = Vec::new();
    collect(ty, &mut parts);
    let checks = parts.into_iter().filter_map(|part| {
        let (ty, is_text, message) = match part {
            Part::Map(key, value) => {
                let (key_name, value) = (spaced(key), spaced(value));
                let message = format!(
                    "a map's key is text on the wire, and `{key_name}` is not: use `Vec<({key_name}, {value})>`, or a \
                     key type that serializes as a string"
                );
                let is_text = if is_composed(key) { quote!(false) } else { quote!(__p::KeyProbe::<#key>::IS_TEXT) };
                (key, is_text, message)
            }
            Part::Named(ty) => {
                let message = format!(
                    "a map's key is text on the wire, and the keys of `{}` are not: use a `Vec` of pairs, or a key \
                     type that serializes as a string",
                    spaced(ty)
                );
                (ty, quote!(__p::MapProbe::<#ty>::IS_TEXT), message)
            }
        };
        if is_open(ty) && !is_composed(ty) {
            return None;
        }
        let excused = excused.map(|excused| quote!(#excused ||));
        Some(assertion(ty.span(), cfg, &quote!(#excused #is_text), &message))
    });
    checks.collect()
}

fn is_composed(ty: &Type) -> bool {
    matches!(ungrouped(ty), Type::Array(_) | Type::Tuple(_))
}

/// Returns the spelling of a type, with a space after each comma.
fn spaced(ty: &Type) -> String {
    spelled(ty).replace(',', ", ")
}

fn collect<'a>(ty: &'a Type, parts: &mut Vec<Part<'a>>) {
    match ungrouped(ty) {
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| collect(ty, parts)),
        Type::Array(array) => collect(&array.elem, parts),
        Type::Slice(slice) => collect(&slice.elem, parts),
        Type::Reference(reference) => collect(&reference.elem, parts),
        Type::Paren(paren) => collect(&paren.elem, parts),
        Type::Path(path) if path.qself.is_none() => {
            let Some(segment) = path.path.segments.last() else { return };
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                if !is_scalar(ty) {
                    parts.push(Part::Named(ty));
                }
                return;
            };
            let types: Vec<&Type> = arguments
                .args
                .iter()
                .filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None })
                .collect();
            if let [key, value, ..] = types[..]
                && segment.ident.to_string().ends_with("Map")
            {
                if !is_scalar(key) {
                    parts.push(Part::Map(key, value));
                }
                collect(value, parts);
            } else {
                types.into_iter().for_each(|ty| collect(ty, parts));
            }
        }
        _ => {}
    }
}

/// Returns the type with placeholders for the maps that schemars would describe as maps with any keys. `private` is the
/// path of the framework's private module.
pub(crate) fn described<'t>(ty: &'t Type, private: &TokenStream) -> Cow<'t, Type> {
    let mut replaced = ty.clone();
    let mut maps = ReplaceMaps { private, found: false };
    maps.visit_type_mut(&mut replaced);
    if maps.found { Cow::Owned(replaced) } else { Cow::Borrowed(ty) }
}

struct ReplaceMaps<'a> {
    private: &'a TokenStream,
    found: bool,
}

impl VisitMut for ReplaceMaps<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        let Type::Path(path) = ty else { return };
        let Some(segment) = path.path.segments.last() else { return };
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return };
        let types: Vec<_> = arguments.args.iter().collect();
        if let [GenericArgument::Type(key), GenericArgument::Type(value), ..] = types[..]
            && ["BTreeMap", "HashMap"].iter().any(|name| segment.ident == name)
            && !is_text_or_integer(key)
        {
            let private = self.private;
            *ty = parse_quote!(#private::Map<#key, #value>);
            self.found = true;
        }
    }
}

/// Returns `true` if schemars describes keys of this type as serde writes them.
fn is_text_or_integer(key: &Type) -> bool {
    is_scalar(key) && !["Self", "bool", "char", "f32", "f64"].contains(&spelled(key).as_str())
}

/// Returns the checks of a payload's fields, and its impl of `Key` if it has one.
pub(crate) fn of_payload(input: &DeriveInput, framework: &Framework) -> TokenStream {
    let options = serde_options(&input.attrs);
    let has = |name: &str| options.iter().any(|option| option.path().is_ident(name));
    let is_written_as_itself = !has("into");
    let mut assertions = TokenStream::new();
    let mut check = |fields: &Fields| {
        for field in fields {
            if matches!(FieldOptions::of(field).form, Form::Value | Form::Described) {
                assertions.extend(checks(&field.ty, &[], None, &|ty| is_open(ty, &input.generics)));
            }
        }
    };
    match &input.data {
        Data::Struct(data) if is_written_as_itself => check(&data.fields),
        Data::Enum(data) if is_written_as_itself => data.variants.iter().for_each(|variant| check(&variant.fields)),
        _ => {}
    }
    let (ident, (generics, arguments, where_clause)) = (&input.ident, input.generics.split_for_impl());
    let key = is_text(input, &options).map(|is_text| {
        quote! {
            #[automatically_derived]
            impl #generics __p::Key for #ident #arguments #where_clause {
                const IS_TEXT: bool = #is_text;
            }
        }
    });
    if key.is_none() && assertions.is_empty() {
        return TokenStream::new();
    }
    let allow = lints::of_type(input);
    quote! {
        #allow
        const _: () = {
            use #framework as __p;
            use __p::NotAKey as _;
            #key
            #assertions
        };
    }
}

/// Returns an expression that is `true` if the payload can be a map's key; `None` if that is not known.
fn is_text(input: &DeriveInput, options: &[Meta]) -> Option<TokenStream> {
    let has = |name: &str| options.iter().any(|option| option.path().is_ident(name));
    let of = |ty: &Type| (!is_open(ty, &input.generics)).then(|| quote!(__p::KeyProbe::<#ty>::IS_TEXT));
    if let Some(into) = options.iter().find(|option| option.path().is_ident("into")) {
        return of(&type_of(into)?);
    }
    match &input.data {
        Data::Struct(data) => {
            let mut fields = data.fields.iter();
            match (fields.next(), fields.next()) {
                (Some(field), None) if has("transparent") || matches!(data.fields, Fields::Unnamed(_)) => {
                    if FieldOptions::of(field).form == Form::Value {
                        of(&field.ty)
                    } else {
                        None
                    }
                }
                _ if has("transparent") => None,
                _ => Some(quote!(false)),
            }
        }
        Data::Enum(_) if has("untagged") => None,
        Data::Enum(_) if has("tag") => Some(quote!(false)),
        Data::Enum(data) => {
            let may_be_text = data.variants.iter().any(|variant| {
                matches!(variant.fields, Fields::Unit) || has_own_functions(&serde_options(&variant.attrs))
            });
            (!may_be_text).then(|| quote!(false))
        }
        Data::Union(_) => None,
    }
}

/// Returns the type that an option names in quotes.
fn type_of(option: &Meta) -> Option<Type> {
    let Meta::NameValue(option) = option else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) = &option.value else { return None };
    literal.parse().ok()
}

/// Returns `true` if a type has a meaning only within its payload: it mentions a parameter or a lifetime.
fn is_open(ty: &Type, generics: &Generics) -> bool {
    mentions(ty.to_token_stream(), &|ident| {
        ident == "Self"
            || generics.type_params().any(|parameter| parameter.ident == *ident)
            || generics.const_params().any(|parameter| parameter.ident == *ident)
            || generics.lifetimes().any(|parameter| parameter.lifetime.ident == *ident)
    })
}
