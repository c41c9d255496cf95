//! The place of a namespace: a path, a path with parameters, or a place that the server configures.

use super::options::{NamespaceOptions, Param, Place};
use crate::{
    errors::Errors,
    names,
    template::{self, Part},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{LitStr, Type, spanned::Spanned};

/// The maximum number of parameters. The framework has no tuples beyond it.
const MAX_PARAMETERS: usize = 8;

/// A parameter of the path. Parameters are in the path's order.
pub(super) struct Parameter {
    pub name: String,
    /// The declared type. Default: text.
    pub ty: Option<Type>,
}

impl Parameter {
    pub(super) fn ty(&self) -> TokenStream {
        self.ty.as_ref().map_or_else(|| quote!(__p::std::string::String), Type::to_token_stream)
    }
}

/// Checks the path and the options for its parameters, and returns the parameters.
pub(super) fn parameters(options: &NamespaceOptions, errors: &mut Errors) -> Vec<Parameter> {
    let given = &options.params;
    for (index, Param { name, .. }) in given.iter().enumerate() {
        if given[..index].iter().any(|other| other.name == *name) {
            errors.at(name, format_args!("the parameter `{name}` is given twice"));
        }
    }
    let names = match &options.place {
        None => return Vec::new(),
        Some(Place::Dynamic) => given.iter().map(|param| param.name.to_string()).collect(),
        Some(Place::Path(path)) => {
            let Some(names) = names_of(path, errors) else { return Vec::new() };
            for Param { name, .. } in given.iter().filter(|param| !names.iter().any(|name| param.name == name)) {
                errors.at(name, unknown(&name.to_string(), &names));
            }
            names
        }
    };
    if names.len() > MAX_PARAMETERS {
        const MESSAGE: &str = "a path has up to eight parameters";
        match &options.place {
            Some(Place::Path(path)) => errors.at(path, MESSAGE),
            _ => errors.at(&given[MAX_PARAMETERS].name, MESSAGE),
        }
    }
    let ty = |name: &String| given.iter().find(|param| param.name == name).map(|param| param.ty.clone());
    names.into_iter().map(|name| Parameter { ty: ty(&name), name }).collect()
}

/// Returns the names in the path's braces; `None` if the path cannot be parsed.
fn names_of(path: &LitStr, errors: &mut Errors) -> Option<Vec<String>> {
    let parts = errors.ok(template::parse(path))?;
    let mut names: Vec<String> = Vec::new();
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(part) => {
                if part.is_empty() && index > 0 && index + 1 < parts.len() {
                    errors
                        .at(path, "two parameters need text between them: nobody could tell where the first one ends");
                }
                text.push_str(part);
            }
            Part::Name(name) => {
                // A placeholder for the parameter's text, which is not at the beginning.
                text.push('_');
                check_name(path, name, errors);
                if names.contains(name) {
                    errors.at(path, format_args!("`{{{name}}}` is there twice"));
                }
                names.push(name.clone());
            }
        }
    }
    names::check_path(path, &text, errors);
    Some(names)
}

fn check_name(path: &LitStr, name: &str, errors: &mut Errors) {
    if let Some((name, ty)) = name.split_once(':') {
        let (name, ty) = (name.trim(), ty.trim());
        errors.at(path, format_args!("types have a place of their own: `params({name}: {ty})`"));
    } else if syn::parse_str::<syn::Ident>(name).is_err() {
        let message = "is no name of a parameter; for braces in a path write `{{` and `}}`";
        errors.at(path, format_args!("`{{{name}}}` {message}"));
    }
}

fn unknown(name: &str, names: &[String]) -> String {
    let known: Vec<String> = names.iter().map(|name| format!("`{{{name}}}`")).collect();
    match known.len() {
        0 => format!("the path has no parameters: write `{{{name}}}` where it is to be"),
        _ => format!("the path has no parameter `{{{name}}}`; there is {}", known.join(", ")),
    }
}

/// Returns the tuple of the parameters' types. rustc reports an unsuitable type at its own place.
pub(super) fn types(parameters: &[Parameter]) -> TokenStream {
    let span = parameters.iter().find_map(|parameter| parameter.ty.as_ref()).map(Spanned::span);
    let types = parameters.iter().map(Parameter::ty);
    match span {
        Some(span) => quote_spanned!(span=> (#(#types,)*)),
        None => quote!((#(#types,)*)),
    }
}
