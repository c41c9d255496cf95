//! What a contract cannot say. rustc finds the rest in the expansion.

use super::{
    model::Contract,
    options::{Key, NamespaceOptions},
    syntax::Block,
};
use crate::{errors::Errors, names};
use std::collections::HashMap;
use syn::{Ident, Type};

pub(super) fn contract(options: &NamespaceOptions, contract: &Contract, block: &Block, errors: &mut Errors) {
    for parameter in block.generics.lifetimes() {
        errors.at(parameter, "a namespace outlives its sockets: it cannot borrow");
    }
    event_names(contract, errors);
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

/// Handlers under `#[cfg]` and those of typed events are compared by rustc, who knows which there are, and their names.
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
