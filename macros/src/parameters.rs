//! The type parameters of a generic payload, as its schema sees them.
//!
//! A parameter that occurs only in `PhantomData` or in skipped fields is a marker and does not change the values of the
//! type. It needs no schema, and does not appear in the name of the type's schema.

use crate::fields::{FieldOptions, Form, options_of, serde_options};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Data, DeriveInput, Expr, ExprLit, GenericParam, Generics, Ident, Lit, LitStr, Meta, Type, TypeParam, TypePath,
    parse_quote,
    visit::{self, Visit},
};

/// Returns the type parameters that the schema depends on.
pub(crate) fn described(input: &DeriveInput) -> Vec<Ident> {
    let mut mentions = Mentions { parameters: &input.generics, found: Vec::new() };
    let fields: Vec<_> = match &input.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    for field in fields {
        if FieldOptions::of(field).form != Form::Skipped {
            mentions.visit_type(&field.ty);
        }
    }
    let mut options = serde_options(&input.attrs);
    options.extend(options_of(&input.attrs, "schemars"));
    for option in options {
        let Meta::NameValue(option) = &option else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &option.value else { continue };
        if option.path.is_ident("rename") {
            mentions.visit_name(text);
        } else if let Ok(ty) = text.parse::<Type>() {
            // The other type that the payload is written as or read from.
            mentions.visit_type(&ty);
        }
    }
    mentions.found
}

/// Returns the type for the impls that describe its fields, and their generics. Parameters without bounds that the
/// schema does not depend on are `()`: otherwise schemars' derive would include them in the schema's name.
pub(crate) fn of_descriptions(input: &DeriveInput) -> (TokenStream, Generics) {
    let described = described(input);
    let is_free = |parameter: &TypeParam| {
        let mut bounded = Mentions { parameters: &input.generics, found: Vec::new() };
        if let Some(clause) = &input.generics.where_clause {
            bounded.visit_where_clause(clause);
        }
        parameter.bounds.is_empty()
            && !bounded.found.contains(&parameter.ident)
            && !described.contains(&parameter.ident)
    };
    let mut generics = input.generics.clone();
    generics.params.clear();
    let mut arguments: Vec<TokenStream> = Vec::new();
    for parameter in &input.generics.params {
        let mut parameter = parameter.clone();
        match &mut parameter {
            GenericParam::Type(parameter) if is_free(parameter) => {
                arguments.push(quote!(()));
                continue;
            }
            GenericParam::Type(parameter) => {
                parameter.default = None;
                if described.contains(&parameter.ident) {
                    parameter.colon_token.get_or_insert_default();
                    parameter.bounds.push(parse_quote!(__p::schemars::JsonSchema));
                }
                arguments.push(parameter.ident.to_token_stream());
            }
            GenericParam::Const(parameter) => {
                parameter.default = None;
                arguments.push(parameter.ident.to_token_stream());
            }
            GenericParam::Lifetime(parameter) => arguments.push(parameter.lifetime.to_token_stream()),
        }
        generics.params.push(parameter);
    }
    let (ident, arguments) = (&input.ident, (!arguments.is_empty()).then(|| quote!(<#(#arguments),*>)));
    (quote!(#ident #arguments), generics)
}

/// The type parameters that a type mentions, outside of `PhantomData`.
struct Mentions<'a> {
    parameters: &'a Generics,
    found: Vec<Ident>,
}

impl Mentions<'_> {
    fn add(&mut self, is_mentioned: impl Fn(&Ident) -> bool) {
        for parameter in self.parameters.type_params() {
            if is_mentioned(&parameter.ident) && !self.found.contains(&parameter.ident) {
                self.found.push(parameter.ident.clone());
            }
        }
    }

    /// Visits a name with parameters in braces: `Page_{T}`.
    fn visit_name(&mut self, name: &LitStr) {
        let name = name.value();
        self.add(|parameter| name.contains(&format!("{{{parameter}}}")));
    }
}

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_type_path(&mut self, path: &'ast TypePath) {
        if path.path.segments.last().is_some_and(|segment| segment.ident == "PhantomData") {
            return;
        }
        let first = path.path.segments.first().map(|segment| &segment.ident);
        self.add(|parameter| first == Some(parameter));
        visit::visit_type_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        // A macro in type position may mention any of them.
        let tokens = mac.tokens.to_string();
        self.add(|parameter| tokens.contains(&parameter.to_string()));
    }
}
