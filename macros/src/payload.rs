//! `#[payload]`: the derives that a type needs on the wire, from the framework's own copies of the crates.

use crate::{
    described, errors::Errors, evaluated, fields::options_of, form, framework::Framework, keys, lints, parameters,
    read_names,
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Lit, Meta, MetaNameValue, Path, Token,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
    visit_mut::VisitMut,
};

pub(crate) fn attribute(tokens: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let framework = options(tokens.clone(), &mut errors);
    match parse(item, "#[payload]", &mut errors) {
        Some(input) if evaluated::is_needed(&input) => evaluated::first("payload", tokens, &framework, item),
        Some(input) => expand(&framework, input, errors),
        None => {
            let errors = errors.into_tokens();
            quote!(#item #errors)
        }
    }
}

/// Parses the attribute's options.
pub(crate) fn options(tokens: TokenStream, errors: &mut Errors) -> Framework {
    const EXPECTED: &str = "`#[payload]` takes one option, `crate = \"..\"`; serde's go into `#[serde(..)]`";
    let parser = |input: ParseStream<'_>| Framework::parse_option(input, EXPECTED);
    errors.ok(parser.parse2(tokens)).flatten().unwrap_or_default()
}

/// Returns the type with its derives.
pub(crate) fn expand(framework: &Framework, mut input: DeriveInput, mut errors: Errors) -> TokenStream {
    let is_event = take_other_attributes(&mut input, "payload", &mut errors);
    let payload = if is_event { input.into_token_stream() } else { with_derives(input, framework) };
    let errors = errors.into_tokens();
    quote!(#payload #errors)
}

/// Returns the annotated type, or adds an error that says where the attribute belongs. For a type with a syntax error,
/// adds none: the item is returned unchanged, and rustc reports the error.
pub(crate) fn parse(item: &TokenStream, attribute: &str, errors: &mut Errors) -> Option<DeriveInput> {
    let message = format!("`{attribute}` goes on a struct or an enum");
    match syn::parse2(item.clone()) {
        Ok(DeriveInput { data: Data::Union(data), .. }) => errors.at(data.union_token, message),
        Ok(input) => return Some(input),
        Err(_) if !declares_type(item) => errors.at(first_line(item), message),
        Err(_) => {}
    }
    None
}

/// Removes attributes `#[event]` and `#[payload]` other than `first`, and reports them, because the derives would be
/// there twice. Returns `true` if an event's attribute remains, which adds the derives.
pub(crate) fn take_other_attributes(input: &mut DeriveInput, first: &str, errors: &mut Errors) -> bool {
    let named = |attribute: &Attribute, name: &str| {
        attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
    };
    let payloads: Vec<_> = input.attrs.extract_if(.., |attribute| named(attribute, "payload")).collect();
    // With the derive, the attribute belongs to the derive.
    let derived = derives(input, "switchboard", "Event");
    let is_event = !derived && input.attrs.iter().any(|attribute| named(attribute, "event"));
    for payload in payloads {
        if first == "payload" {
            errors.at(payload, "`#[payload]` is there twice");
        } else {
            errors.at(payload, "an event is a payload already: remove `#[payload]`");
        }
    }
    if first == "payload" {
        if is_event {
            errors.push(syn::Error::new(Span::call_site(), "an event is a payload already: remove `#[payload]`"));
        }
        return is_event;
    }
    if !derived {
        for event in input.attrs.extract_if(.., |attribute| named(attribute, "event")) {
            errors.at(event, "an event has one name");
        }
    }
    false
}

/// Returns the attributes that include or exclude an item.
pub(crate) fn cfg(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

fn declares_type(item: &TokenStream) -> bool {
    let keyword =
        |token| matches!(&token, proc_macro2::TokenTree::Ident(ident) if ident == "struct" || ident == "enum");
    item.clone().into_iter().any(keyword)
}

/// Returns an item's tokens up to its body, to be underlined.
fn first_line(item: &TokenStream) -> TokenStream {
    item.clone().into_iter().take_while(|token| !matches!(token, proc_macro2::TokenTree::Group(_))).collect()
}

/// Returns the item with the missing derives.
pub(crate) fn with_derives(mut input: DeriveInput, framework: &Framework) -> TokenStream {
    if lints::of_type(&input).is_some() {
        // schemars' derive names the type without an `allow`. rustc ignores names with the span of a derive macro.
        input.ident.set_span(input.ident.span().resolved_at(Span::call_site()));
    }
    let serde = ["Serialize", "Deserialize"].iter().filter(|name| !derives(&input, "serde", name));
    let serde: Vec<_> = serde.map(|name| format_ident!("{name}")).collect();
    let keys = keys::of_payload(&input, framework);
    let mut descriptions = TokenStream::new();
    let schema = cfg!(feature = "schema").then(|| {
        let (name, bound) = (schema_name(&input), schema_bound(&input, framework));
        let derive = (!derives(&input, "schemars", "JsonSchema")).then(|| {
            descriptions = described::fields(&mut input, framework);
            read_names::describe(&mut input, framework);
            quote!(#[derive(#framework::schemars::JsonSchema)])
        });
        let origin = (!stands_for_another(&input)).then(|| {
            let chosen = ["serde", "schemars"].iter().any(|by| rename(&input.attrs, by).is_some());
            let (ty, _) = parameters::of_descriptions(&input);
            // In parentheses, because schemars ends the value at a comma.
            quote!(, extend("x-rust-type" = (#framework::origin::<#ty>(#chosen))))
        });
        let (schemars, form) = (framework.literal(&quote!(schemars)), form::keyword(&input));
        quote!(#derive #[schemars(crate = #schemars #name #bound #origin #form)])
    });
    if schema.is_none() {
        // Without the derive, rustc would not know these attributes.
        WithoutSchemars.visit_derive_input_mut(&mut input);
    }
    let serde_crate = framework.literal(&quote!(serde));
    quote! {
        #[derive(#(#framework::serde::#serde),*)]
        #[serde(crate = #serde_crate)]
        #schema
        #input
        #descriptions
        #keys
    }
}

/// Returns a name for a generic type's schemas that includes its arguments (`Page_Message`). Otherwise they would be
/// `Page`, `Page2` and so on, in the order in which they are met.
fn schema_name(input: &DeriveInput) -> Option<TokenStream> {
    let mut parameters = parameters::described(input);
    parameters.extend(input.generics.const_params().map(|parameter| parameter.ident.clone()));
    if parameters.is_empty() || rename(&input.attrs, "schemars").is_some() {
        return None;
    }
    let name = match rename(&input.attrs, "serde") {
        None => input.ident.to_string(),
        Some(option) => text(&option)?.replace('{', "{{").replace('}', "}}"),
    };
    let name = parameters.iter().fold(name, |name, parameter| format!("{name}_{{{parameter}}}"));
    Some(quote!(, rename = #name))
}

/// Returns the bound that requires schemas of the type parameters that the type's schema depends on. schemars' derive
/// would require one for every parameter in the type of a field, or use serde's `bound`.
fn schema_bound(input: &DeriveInput, framework: &Framework) -> Option<TokenStream> {
    let is_bound = |option: &Meta| option.path().is_ident("bound");
    if input.generics.type_params().next().is_none() || options_of(&input.attrs, "schemars").iter().any(is_bound) {
        return None;
    }
    let parameters = parameters::described(input);
    let bounds = quote!(#(#parameters: #framework::schemars::JsonSchema),*).to_string();
    Some(quote!(, bound = #bounds))
}

/// Returns the option `rename` in the attributes called `by`.
fn rename(attributes: &[Attribute], by: &str) -> Option<Meta> {
    options_of(attributes, by).into_iter().find(|option| option.path().is_ident("rename"))
}

/// Returns the text of an option; `None` if it has one for each direction.
fn text(option: &Meta) -> Option<String> {
    match option {
        Meta::NameValue(MetaNameValue { value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), .. }) => {
            Some(text.value())
        }
        _ => None,
    }
}

/// Returns `true` if schemars' derive describes the type by the schema of another one, without a definition. It does so
/// for types that add nothing to the other schema.
fn stands_for_another(input: &DeriveInput) -> bool {
    let has = |by, name: &str| options_of(&input.attrs, by).iter().any(|option| option.path().is_ident(name));
    let documented = |attribute: &Attribute| {
        attribute.path().is_ident("deprecated")
            || attribute.path().is_ident("doc") && matches!(attribute.meta, Meta::NameValue(_))
    };
    let transparent = ["serde", "schemars"].iter().any(|by| has(by, "transparent"));
    let plain = match &input.data {
        Data::Struct(data) => data.fields.iter().all(|field| options_of(&field.attrs, "schemars").is_empty()),
        _ => true,
    };
    (has("schemars", "with") || transparent && plain) && !input.attrs.iter().any(documented)
}

/// Returns `true` if the type already derives `krate::name`. Under another crate's path, it is another trait
/// (`rkyv::Serialize`).
fn derives(input: &DeriveInput, krate: &str, name: &str) -> bool {
    let mut found = false;
    for derive in input.attrs.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // rustc reports paths that do not parse.
        let paths = derive.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default();
        found |= paths.iter().any(|path| {
            let segments: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
            matches!(segments[..], [last] if last == name)
                || matches!(segments[..], [first, last] if first == krate && last == name)
        });
    }
    found
}

struct WithoutSchemars;

impl VisitMut for WithoutSchemars {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| !attribute.path().is_ident("schemars"));
    }
}

/// Returns the text of a doc comment.
pub(crate) fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect();
    lines.join("\n").trim().to_owned()
}
