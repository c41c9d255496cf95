//! Checks that need rustc's knowledge of types. They avoid a second error for a type that does not exist: rustc reports
//! more about one in a `const` than in a `static`.

use super::name;
use crate::{
    assertion::{assertion, mentions},
    keys,
    namespace::{
        model::{Contract, Handler},
        options::{Key, NamespaceOptions},
        syntax::Block,
    },
    spelling::{is_plain as is_plain_type, is_socket, spelled},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Type,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

pub(super) fn all(options: &NamespaceOptions, contract: &Contract, block: &Block) -> TokenStream {
    let mut assertions = unique_handlers(options, &contract.handlers);
    assertions.extend(unique_events(&options.emits, block));
    for handler in &contract.handlers {
        assertions.extend(only_payload(handler, block));
    }
    for handler in contract.handlers.iter().chain(&contract.fallback) {
        assertions.extend(rest_is_last(handler, block));
        assertions.extend(keys_are_text(handler, block));
    }
    assertions
}

/// Checks that the events in `emits(..)` have different names. The same type twice is already a conflict of impls,
/// under any alias.
fn unique_events(emits: &[Type], block: &Block) -> TokenStream {
    let mut distinct: Vec<(&Type, String)> = Vec::new();
    for event in emits {
        let spelling = spelled(event);
        if distinct.iter().all(|(_, other)| *other != spelling) {
            distinct.push((event, spelling));
        }
    }
    if distinct.len() < 2 {
        return TokenStream::new();
    }
    let (self_ty, count) = (&block.self_ty, distinct.len());
    let names = distinct.iter().enumerate().map(|(index, (event, _))| {
        quote_spanned!(event.span()=> __p::EventName { index: #index, plain: false, name: <#event as __p::Event>::NAME })
    });
    let checks = distinct.iter().enumerate().skip(1).map(|(index, (event, spelling))| {
        // Where impls conflict, the check is left out, because one error is enough. Generic impls cannot be named here,
        // so that the types themselves are compared.
        let holds = if block.generics.params.is_empty() {
            quote!({ __p::declared::<#event, #self_ty>(); !__EVENTS[#index] })
        } else {
            let others = distinct[..index].iter().map(|(other, _)| other);
            quote!(#(__p::Parameter::<#event, #others>::IS_EVENT ||)* !__EVENTS[#index])
        };
        let message = format!("`{spelling}` has the name of another event in `emits(..)`");
        assertion(event.span(), &[], &holds, &message)
    });
    quote! {
        static __EVENTS: [bool; #count] = __p::clashes(&[#(#names),*]);
        #(#checks)*
    }
}

/// Checks that handlers listen to different events. Plain names were compared before. Here, each handler whose name (or
/// existence) only rustc knows is compared with all others. A table avoids a quadratic number of pairs.
fn unique_handlers(options: &NamespaceOptions, handlers: &[Handler]) -> TokenStream {
    if handlers.len() < 2 || handlers.iter().all(is_plain) {
        return TokenStream::new();
    }
    let (path, count) = (options.path().value(), handlers.len());
    let names = handlers.iter().enumerate().map(|(index, handler)| {
        let (cfg, plain, name) = (&handler.cfg, is_plain(handler), name(handler));
        quote!(#(#cfg)* __p::EventName { index: #index, plain: #plain, name: #name })
    });
    let checks = handlers.iter().enumerate().filter(|(_, handler)| !is_plain(handler)).map(|(index, handler)| {
        let message = format!(
            "`{}` and another handler of namespace {path:?} handle the same event: it has one handler",
            handler.method.ident
        );
        let span = match &handler.key {
            Key::Name(name) => name.span(),
            Key::Event(event) => event.span(),
            Key::Any => handler.method.ident.span(),
        };
        assertion(span, &handler.cfg, &quote!(!__HANDLED[#index]), &message)
    });
    quote! {
        static __HANDLED: [bool; #count] = __p::clashes(&[#(#names),*]);
        #(#checks)*
    }
}

fn is_plain(handler: &Handler) -> bool {
    matches!(handler.key, Key::Name(_)) && handler.cfg.is_empty()
}

/// Checks that a handler of a typed event takes only that event and extractors.
fn only_payload(handler: &Handler, block: &Block) -> TokenStream {
    let Key::Event(event) = &handler.key else { return TokenStream::new() };
    let namespace = namespace(block);
    let payload = handler.payload;
    let check = |ty: &Type| {
        let Some(closed) = closed(ty, block) else { return TokenStream::new() };
        let (event_name, ty_name) = (spelled(event), spelled(ty));
        let message =
            format!("`#[on({event_name})]` takes `{event_name}` and extractors; `{ty_name}` is another payload");
        // A parameter with another spelling may still be the event.
        let is_event = payload.is_none().then(|| quote!(__p::Parameter::<#closed, #event>::IS_EVENT ||));
        let holds = quote!(#is_event !__p::Position::<#namespace, #closed>::POSITIONAL);
        assertion(ty.span(), &handler.cfg, &holds, &message)
    };
    let parameters = handler.method.parameters.iter().enumerate();
    let others = parameters.filter(|(index, parameter)| payload != Some(*index) && !is_socket(&parameter.ty));
    others.map(|(_, parameter)| check(&parameter.ty)).collect()
}

/// Checks that no argument follows a `Rest`, which takes all remaining ones. Only rustc knows which parameters are
/// arguments, and which one is a `Rest`.
fn rest_is_last(handler: &Handler, block: &Block) -> TokenStream {
    if matches!(handler.key, Key::Event(_)) {
        return TokenStream::new();
    }
    let namespace = namespace(block);
    let parameters: Vec<_> =
        handler.method.parameters.iter().map(|parameter| &parameter.ty).filter(|ty| !is_socket(ty)).collect();
    let check = |(index, ty): (usize, &&Type)| {
        let behind: Vec<_> = parameters[index + 1..].iter().filter_map(|ty| closed(ty, block)).collect();
        let rest = closed(ty, block).filter(|ty| !behind.is_empty() && !is_plain_type(ty, &block.generics))?;
        let holds = quote!(
            !(__p::Position::<#namespace, #rest>::REST && (#(__p::Position::<#namespace, #behind>::POSITIONAL)||*))
        );
        let message = format!("`{}` takes all remaining arguments: it has to be the last argument", spelled(*ty));
        Some(assertion(ty.span(), &handler.cfg, &holds, &message))
    };
    parameters.iter().enumerate().filter_map(check).collect()
}

/// Checks that serde can write the keys of maps in the arguments and the answer. The contents of extractors are not
/// sent.
fn keys_are_text(handler: &Handler, block: &Block) -> TokenStream {
    let namespace = namespace(block);
    let parameters = handler.method.parameters.iter().filter(|parameter| !is_socket(&parameter.ty));
    let arguments = parameters.filter_map(|parameter| {
        let ty = closed(&parameter.ty, block)?;
        let excused = quote!(!__p::Position::<#namespace, #ty>::POSITIONAL);
        Some(keys::checks(&ty, &handler.cfg, Some(&excused), &|_| false))
    });
    let answer = handler.method.output.iter().filter_map(|ty| closed(ty, block));
    arguments.chain(answer.map(|ty| keys::checks(&ty, &handler.cfg, None, &|_| false))).collect()
}

/// Returns the namespace for checks that may run outside of the impl.
fn namespace(block: &Block) -> TokenStream {
    let self_ty = &block.self_ty;
    if block.generics.params.is_empty() { quote!(#self_ty) } else { quote!(__p::AnyNamespace) }
}

/// Returns the type as a `const` item outside of the impl names it. Such an item cannot use the impl's parameters, and
/// types that mention them are not checked.
fn closed(ty: &Type, block: &Block) -> Option<Type> {
    let mut closed = ty.clone();
    ReplaceSelf(&block.self_ty).visit_type_mut(&mut closed);
    let unknown = |ident: &Ident| {
        ident == "Self"
            || block.generics.type_params().any(|parameter| parameter.ident == *ident)
            || block.generics.const_params().any(|parameter| parameter.ident == *ident)
    };
    (!mentions(closed.to_token_stream(), &unknown)).then_some(closed)
}

/// Replaces `Self`, which has no meaning in a `const` item outside of the impl.
struct ReplaceSelf<'a>(&'a Type);

impl VisitMut for ReplaceSelf<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self") => *ty = self.0.clone(),
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }
}
