//! The contents of an annotated impl block.

use super::{
    options::{HandlerOptions, Key, Middleware},
    signature,
    syntax::{self, Block},
};
use crate::{errors::Errors, payload, spelling::spelled};
use proc_macro2::Ident;
use syn::{Attribute, Meta, Type, parse_quote};

#[derive(Default)]
pub(super) struct Contract {
    pub handlers: Vec<Handler>,
    /// The handler of events without another handler.
    pub fallback: Option<Handler>,
    pub connect: Option<Method>,
    pub connected: Option<Method>,
    pub disconnecting: Option<Method>,
    pub disconnect: Option<Method>,
}

/// A method with `#[on(..)]` or `#[fallback]`.
pub(super) struct Handler {
    pub key: Key,
    pub concurrent: bool,
    /// The option that runs the handler on a thread where it may block.
    pub blocking: Option<Ident>,
    pub middleware: Vec<Middleware>,
    pub method: Method,
    /// The index of the parameter that is the typed event, if its spelling shows it.
    pub payload: Option<usize>,
    /// Attributes that rustc evaluates only after the macro. All code generated for the handler has them too.
    pub cfg: Vec<Attribute>,
    pub documentation: String,
}

/// A method that the framework calls.
pub(super) struct Method {
    pub ident: Ident,
    pub is_async: bool,
    pub parameters: Vec<Parameter>,
    pub output: Option<Type>,
}

pub(super) struct Parameter {
    /// The type to extract: `T` for a `&T`.
    pub ty: Type,
    /// `true` if the method takes a `&T`.
    pub lent: bool,
    /// The name in schemas.
    pub name: Option<String>,
}

/// The names of the macro's attributes.
pub(super) const ROLES: [&str; 6] =
    ["on", "fallback", "on_connect", "on_connected", "on_disconnecting", "on_disconnect"];

/// Returns `true` if an attribute belongs to the macro.
pub(super) fn is_role(attribute: &Attribute) -> bool {
    ROLES.iter().any(|role| attribute.path().is_ident(role))
}

impl Contract {
    /// Reads the block, and removes the macro's attributes from it.
    pub(super) fn collect(block: &mut Block, errors: &mut Errors) -> Self {
        let mut contract = Self::default();
        for method in block.methods() {
            let roles: Vec<Attribute> = method.attributes.extract_if(.., |attribute| is_role(attribute)).collect();
            if let Some(second) = roles.get(1) {
                errors.at(second, "a method has one role: put this on a method of its own");
            }
            if let Some(role) = roles.first() {
                contract.add(role, method, errors);
                // Clippy would suggest another signature, which the user cannot choose.
                method.attributes.push(parse_quote!(#[allow(clippy::needless_pass_by_value, clippy::unused_self)]));
            }
        }
        contract
    }

    fn add(&mut self, role: &Attribute, method: &syntax::Method, errors: &mut Errors) {
        let cfg: Vec<Attribute> = payload::cfg(&method.attributes).cloned().collect();
        let signature = signature::read(&method.signature, errors);
        if role.path().is_ident("on") {
            let Some(options) = errors.ok(role.parse_args()) else { return };
            self.handlers.push(Handler::new(options, signature, method, cfg));
            return;
        }
        for attribute in cfg {
            errors.at(attribute, "this method cannot be switched by `#[cfg]`: put it on statements in its body");
        }
        if role.path().is_ident("fallback") {
            let Some(options) = errors.ok(HandlerOptions::of_fallback(role)) else { return };
            if self.fallback.replace(Handler::new(options, signature, method, Vec::new())).is_some() {
                errors.at(role, "a namespace has one `#[fallback]`");
            }
            return;
        }

        if !matches!(role.meta, Meta::Path(_)) {
            errors.at(role, "this attribute takes no options");
        }
        let (hook, name) = if role.path().is_ident("on_connect") {
            (&mut self.connect, "#[on_connect]")
        } else if role.path().is_ident("on_connected") {
            (&mut self.connected, "#[on_connected]")
        } else if role.path().is_ident("on_disconnecting") {
            (&mut self.disconnecting, "#[on_disconnecting]")
        } else {
            (&mut self.disconnect, "#[on_disconnect]")
        };
        if hook.replace(signature).is_some() {
            errors.at(role, format_args!("a namespace has one `{name}`"));
        }
    }
}

impl Handler {
    fn new(options: HandlerOptions, signature: Method, method: &syntax::Method, cfg: Vec<Attribute>) -> Self {
        let HandlerOptions { key, concurrent, blocking, middleware } = options;
        let payload = payload_of(&key, &signature);
        let documentation = payload::documentation(&method.attributes);
        Self { key, concurrent, blocking, middleware, method: signature, payload, cfg, documentation }
    }

    /// Returns `true` if the expansion makes an `async` method for the handler.
    pub(super) fn is_async(&self) -> bool {
        self.method.is_async || self.blocking.is_some()
    }
}

fn payload_of(key: &Key, method: &Method) -> Option<usize> {
    let Key::Event(event) = key else { return None };
    let event = spelled(event);
    method.parameters.iter().position(|parameter| spelled(&parameter.ty) == event)
}
