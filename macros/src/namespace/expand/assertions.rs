//! Checks that need rustc's knowledge of types, as `static` items: `cargo check` evaluates those, and no `const` block inside
//! a function. Of a type that does not exist, rustc says more in a `const` than elsewhere, and so would say it twice.

use super::{name, spelled};
use crate::namespace::{
    model::{Contract, Handler},
    options::{Key, NamespaceOptions},
    syntax::Block,
};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Type,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

pub(super) fn all(options: &NamespaceOptions, contract: &Contract, block: &Block) -> TokenStream {
    let mut assertions = TokenStream::new();
    for (index, handler) in contract.handlers.iter().enumerate() {
        assertions.extend(unique_name(options, &contract.handlers, index));
        assertions.extend(only_payload(handler, block));
    }
    for index in 1..options.emits.len() {
        assertions.extend(unique_event(&options.emits, index));
    }
    assertions
}

/// No other event in `emits(..)` has this one's name. The same type twice is a conflict of impls already, by whatever name.
fn unique_event(emits: &[Type], index: usize) -> Option<TokenStream> {
    let event = &emits[index];
    let others: Vec<_> = emits[..index].iter().collect();
    if others.iter().any(|other| spelled(other) == spelled(event)) {
        return None;
    }
    let names = others.iter().map(
        |other| quote!(if __p::Parameter::<#event, #other>::IS_EVENT { "" } else { <#other as __p::Event>::NAME }),
    );
    let message = format!("`{}` has the name of another event in `emits(..)`", spelled(event));
    let holds = quote!(!__p::taken(<#event as __p::Event>::NAME, &[#(#names),*]));
    Some(assertion(event.span(), &[], &holds, &message))
}

/// No other handler listens to the same event. Two plain names were compared before; here, each handler of which only
/// rustc knows the name (or whether it exists) is compared with all others, in one item: pairs would be quadratic.
fn unique_name(options: &NamespaceOptions, handlers: &[Handler], index: usize) -> Option<TokenStream> {
    let handler = &handlers[index];
    if is_plain(handler) {
        return None;
    }
    let others = handlers.iter().enumerate().filter(|(other, handler)| *other < index || is_plain(handler));
    let others: Vec<_> = others.map(|(_, handler)| handler).collect();
    if others.is_empty() {
        return None;
    }
    let names = others.iter().map(|other| {
        let (cfg, name) = (&other.cfg, name(other));
        quote!(#(#cfg)* #name)
    });
    let name = name(handler);
    let path = options.path().value();
    let message = format!(
        "`{}` and another handler of namespace {path:?} handle the same event: it has one handler",
        handler.method.ident
    );
    let span = match &handler.key {
        Key::Name(name) => name.span(),
        Key::Event(event) => event.span(),
    };
    Some(assertion(span, &handler.cfg, &quote!(!__p::taken(#name, &[#(#names),*])), &message))
}

fn is_plain(handler: &Handler) -> bool {
    matches!(handler.key, Key::Name(_)) && handler.cfg.is_empty()
}

/// A handler of a typed event takes that event, and extractors.
fn only_payload(handler: &Handler, block: &Block) -> TokenStream {
    let Key::Event(event) = &handler.key else { return TokenStream::new() };
    let self_ty = &block.self_ty;
    let namespace = if block.generics.params.is_empty() { quote!(#self_ty) } else { quote!(__p::AnyNamespace) };
    let check = |ty: &Type| {
        let mut closed = ty.clone();
        ReplaceSelf(self_ty).visit_type_mut(&mut closed);
        // A `const` item cannot see the impl's parameters; what mentions them is not checked.
        let unknown = |ident: &Ident| {
            ident == "Self"
                || block.generics.type_params().any(|parameter| parameter.ident == *ident)
                || block.generics.const_params().any(|parameter| parameter.ident == *ident)
        };
        if mentions(closed.to_token_stream(), &unknown) {
            return TokenStream::new();
        }
        let (event_name, ty_name) = (spelled(event), spelled(ty));
        let message =
            format!("`#[on({event_name})]` takes `{event_name}` and extractors; `{ty_name}` is another payload");
        let holds =
            quote!(__p::Parameter::<#closed, #event>::IS_EVENT || !__p::Position::<#namespace, #closed>::POSITIONAL);
        assertion(ty.span(), &handler.cfg, &holds, &message)
    };
    handler.method.parameters.iter().map(|parameter| check(&parameter.ty)).collect()
}

fn assertion(span: Span, cfg: &[Attribute], holds: &TokenStream, message: &str) -> TokenStream {
    // It is a format string, and a path has braces.
    let message = message.replace('{', "{{").replace('}', "}}");
    quote_spanned! {span=>
        #(#cfg)*
        const _: () = {
            #[allow(dead_code)]
            static CHECK: () = ::core::assert!(#holds, #message);
        };
    }
}

fn mentions(tokens: TokenStream, ident: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => ident(&found),
        TokenTree::Group(group) => mentions(group.stream(), ident),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// `Self` has no meaning in a `const` item outside of the impl.
struct ReplaceSelf<'a>(&'a Type);

impl VisitMut for ReplaceSelf<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self") => *ty = self.0.clone(),
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }
}
