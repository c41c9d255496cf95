//! A method's signature as the framework reads it, and its errors.

use super::model::{Method, Parameter};
use crate::{errors::Errors, payload::cfg, spelling::ungrouped};
use proc_macro2::Ident;
use quote::quote;
use syn::{
    FnArg, GenericParam, Generics, Lifetime, Pat, PatTupleStruct, PatType, Receiver, ReceiverKind, ReturnType, Safety,
    Signature, Type, ext::IdentExt, visit_mut::VisitMut,
};

pub(super) fn read(signature: &Signature, errors: &mut Errors) -> Method {
    let ident = &signature.ident;
    for parameter in &signature.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            errors.at(parameter, "the framework calls this method, and could not choose a type: it cannot be generic");
        }
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(token, "the framework calls this method: it cannot be `unsafe`");
    }
    let mut parameters = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => check_receiver(receiver, errors),
            FnArg::Typed(typed) => parameters.push(parameter(typed, signature, errors)),
        }
    }
    if signature.receiver().is_none() {
        errors.at(ident, format_args!("`{ident}` has to take `&self`"));
    }
    let output = match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(with_elided_lifetimes((**ty).clone(), signature)),
    };
    if let Some(Type::ImplTrait(ty)) = &output {
        errors.at(ty, "the type has to be known: for a future, write `async fn`");
    }
    Method { ident: ident.clone(), is_async: signature.asyncness.is_some(), parameters, output }
}

fn check_receiver(receiver: &Receiver, errors: &mut Errors) {
    if !matches!(receiver.kind, ReceiverKind::Reference(_, _, None)) {
        errors.at(receiver, "this has to be `&self`: the namespace is shared by all its sockets");
    }
}

fn parameter(typed: &PatType, signature: &Signature, errors: &mut Errors) -> Parameter {
    for attribute in cfg(&typed.attrs) {
        errors.at(attribute, "a parameter cannot be switched by `#[cfg]`: switch the whole handler");
    }
    let (ty, lent) = match ungrouped(&typed.ty) {
        Type::Reference(reference) => {
            if let Some(mutability) = &reference.mutability {
                errors.at(mutability, "a parameter is lent for reading only: take it by value");
            }
            (ungrouped(&reference.elem), true)
        }
        ty => (ty, false),
    };
    match ty {
        Type::Path(path) if lent && path.path.is_ident("str") => {
            errors.at(&typed.ty, "an event's arguments are owned: take `String`");
        }
        Type::Path(path) if lent && path.path.segments.last().is_some_and(|segment| segment.ident == "Ack") => {
            errors.at(&typed.ty, "to answer takes the `Ack` itself: take it by value");
        }
        Type::Slice(slice) if lent => {
            let element = &slice.elem;
            errors.at(&typed.ty, format_args!("an event's arguments are owned: take `Vec<{}>`", quote!(#element)));
        }
        Type::ImplTrait(_) => errors.at(ty, "the type has to be known: this cannot be `impl Trait`"),
        Type::Infer(_) => errors.at(ty, "the type has to be known"),
        _ => {}
    }
    let name = name_of(&typed.pat).map(|name| name.unraw().to_string().trim_start_matches('_').to_owned());
    Parameter { ty: with_elided_lifetimes(ty.clone(), signature), lent, name: name.filter(|name| !name.is_empty()) }
}

/// Returns the name of a parameter in schemas: `name` for the pattern `name`, and `names` for `Rest(names)` and other
/// newtypes.
fn name_of(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) => Some(&pattern.ident),
        Pat::TupleStruct(PatTupleStruct { elems, .. }) if elems.len() == 1 => name_of(elems.first()?),
        _ => None,
    }
}

/// Removes the names of the method's own lifetimes. They are not in scope where the expansion repeats a type, and rustc
/// infers them there.
fn with_elided_lifetimes(mut ty: Type, signature: &Signature) -> Type {
    ElideLifetimes(&signature.generics).visit_type_mut(&mut ty);
    ty
}

struct ElideLifetimes<'a>(&'a Generics);

impl VisitMut for ElideLifetimes<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if self.0.lifetimes().any(|parameter| parameter.lifetime == *lifetime) {
            lifetime.ident = Ident::new("_", lifetime.ident.span());
        }
    }
}
