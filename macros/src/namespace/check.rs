//! Checks of the parts of a contract that need no types. rustc checks the rest in the expansion.

use super::{
    model::Contract,
    options::{Key, NamespaceOptions},
    syntax::Block,
};
use crate::{errors::Errors, names};
use std::collections::HashMap;
use syn::{Generics, Ident, Type, TypeParam, TypeParamBound, WherePredicate};

pub(super) fn contract(options: &NamespaceOptions, contract: &Contract, block: &Block, errors: &mut Errors) {
    for parameter in block.generics.lifetimes() {
        errors.at(parameter, "a namespace outlives its sockets: it cannot borrow");
    }
    for parameter in block.generics.type_params() {
        if may_borrow(parameter, &block.generics) {
            let message = "a namespace is shared by threads and outlives its sockets";
            errors.at(parameter, format_args!("{message}: write `{}: Send + Sync + 'static`", parameter.ident));
        }
    }
    event_names(contract, errors);
    for handler in contract.handlers.iter().chain(&contract.fallback) {
        if let Some(blocking) = handler.blocking.as_ref().filter(|_| handler.method.is_async) {
            let message = "`blocking` is for a function that is not `async`: write `fn`, or leave `blocking` out";
            errors.at(blocking, format_args!("{message} and call `tokio::task::spawn_blocking` where it blocks"));
        }
    }
    if let (Some(session), None) = (&options.session, &contract.connect) {
        errors.at(session, "`session` needs an `#[on_connect]` method that returns it");
    }
    if let Some(method) = contract.disconnecting.as_ref().filter(|method| method.is_async) {
        errors.at(&method.ident, "`#[on_disconnecting]` cannot be `async`: the socket's rooms wait for it");
    }
    for (hook, name) in [(&contract.disconnecting, "on_disconnecting"), (&contract.disconnect, "on_disconnect")] {
        if let Some(output) = hook.as_ref().and_then(|method| method.output.as_ref())
            && !matches!(output, Type::Tuple(tuple) if tuple.elems.is_empty())
        {
            errors.at(output, format_args!("`#[{name}]` returns nothing: nobody is left to be answered"));
        }
    }
}

/// Returns `true` if no bound of the parameter rules out that it borrows. A trait may require `'static`; the listed
/// traits of the standard library do not. Without this check, rustc would report the error for every part of the
/// expansion.
fn may_borrow(parameter: &TypeParam, generics: &Generics) -> bool {
    const SILENT: [&str; 6] = ["Send", "Sync", "Clone", "Copy", "Debug", "Default"];
    let silent = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|segment| SILENT.iter().any(|name| segment.ident == name))
        }
        _ => false,
    };
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    parameter.bounds.iter().all(silent)
        && predicates.into_iter().all(|predicate| match predicate {
            WherePredicate::Type(predicate) => predicate.bounds.iter().all(silent),
            _ => true,
        })
}

/// rustc compares the names of handlers under `#[cfg]` and of typed events, because only rustc knows them.
fn event_names(contract: &Contract, errors: &mut Errors) {
    let mut first: HashMap<String, &Ident> = HashMap::new();
    for handler in &contract.handlers {
        let Key::Name(name) = &handler.key else { continue };
        names::check_event(name, errors);
        if !handler.cfg.is_empty() {
            continue;
        }
        match first.get(&name.value()) {
            Some(first) => errors.at(name, format_args!("event {:?} already has a handler: `{first}`", name.value())),
            None => {
                first.insert(name.value(), &handler.method.ident);
            }
        }
    }
}
