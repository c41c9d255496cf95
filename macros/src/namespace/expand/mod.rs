//! The impl of `Namespace`. All items are named through `__p`, the framework's private module, all locals start with
//! `__`, and trait functions are called by their full path, because handlers may be named `dispatch`, and types
//! `Option`.

mod assertions;
mod dispatch;
mod fallback;
mod hooks;
mod schema;

use super::{
    model::{Contract, Handler, Method},
    options::{Key, NamespaceOptions},
    path::{self, Parameter},
    syntax::Block,
};
use crate::lints;
pub(super) use fallback::fallback;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Path, Type, spanned::Spanned};

pub(super) fn namespace(
    options: &NamespaceOptions,
    params: &[Parameter],
    contract: &Contract,
    block: &Block,
) -> TokenStream {
    let (generics, where_clause, ty) = (&block.generics, &block.generics.where_clause, &block.self_ty);
    let path = options.path();
    let types = path::types(params);
    let session = {
        // With the type's span, where rustc reports a type that is more private than the namespace.
        let (span, ty) = (options.session.as_ref().map_or_else(Span::call_site, Spanned::span), session(options));
        quote_spanned!(span=> type Session = #ty;)
    };
    let assertions = assertions::all(options, contract, block);
    let emits = emits(options, block);
    let shared = shared(block);
    let methods = contract.handlers.iter().chain(&contract.fallback).map(dispatch::method);
    let connect = hooks::connect(options, contract, &shared);
    let connected = hooks::connected(contract, &shared);
    let dispatch = dispatch::dispatch(options, contract, &shared);
    let disconnecting = hooks::disconnecting(contract);
    let disconnect = hooks::disconnect(contract, &shared);
    let concurrent = dispatch::concurrent(contract);
    let events = contract.handlers.iter().map(|handler| {
        let (cfg, name) = (&handler.cfg, name(handler));
        quote!(#(#cfg)* #name,)
    });
    let schema = cfg!(feature = "schema").then(|| schema::schema(options, params, contract, block));
    let framework = &options.framework;
    let deprecated = lints::of_attributes(block.all_attributes());
    quote! {
        #deprecated
        #[allow(unused_qualifications)]
        const _: () = {
            use #framework as __p;
            use __p::{NoPosition as _, NotAKey as _, NotAnswering as _, NotTheEvent as _, ReturnedPlain as _, TakeExtractor as _};
            #assertions
            #emits
            impl #generics #ty #where_clause #shared { #(#methods)* }
            #[automatically_derived]
            impl #generics __p::Namespace for #ty #where_clause {
                const PATH: &'static str = #path;
                const EVENTS: &'static [&'static str] = &[#(#events)*];
                type Params = #types;
                #session
                #connect
                #connected
                #dispatch
                #disconnecting
                #disconnect
                #concurrent
                #schema
            }
        };
    }
}

/// Returns the bound that the namespace can be shared between threads, with the span of its type. With the bound, rustc
/// reports a missing impl there only, and not for each future as well. It is added where the impl has no `where` clause
/// yet.
fn shared(block: &Block) -> TokenStream {
    let (generics, ty) = (&block.generics, &block.self_ty);
    let is_plain = generics.params.is_empty() && generics.where_clause.is_none();
    if is_plain { quote_spanned!(ty.span()=> where #ty: ::core::marker::Sync) } else { TokenStream::new() }
}

fn session(options: &NamespaceOptions) -> TokenStream {
    options.session.as_ref().map_or_else(|| quote!(()), Type::to_token_stream)
}

/// Returns an impl for each event, with the event's span: an event that is declared twice is a conflict that rustc
/// reports there.
fn emits(options: &NamespaceOptions, block: &Block) -> TokenStream {
    let (generics, where_clause, ty) = (&block.generics, &block.generics.where_clause, &block.self_ty);
    let declare = |event: &Type| {
        quote_spanned! {event.span()=> #[automatically_derived] impl #generics __p::EmittedBy<#ty> for #event #where_clause {} }
    };
    options.emits.iter().map(declare).collect()
}

/// Returns the event's name as an expression or a pattern; for any event, a pattern.
fn name(handler: &Handler) -> TokenStream {
    match &handler.key {
        Key::Name(name) => quote!(#name),
        Key::Event(event) => quote_spanned!(event.span()=> <#event as __p::Event>::NAME),
        Key::Any => quote!(_),
    }
}

/// Returns the call of a user's method with the extracted parameters, awaited if it is `async`.
fn call(method: &Method) -> TokenStream {
    let call = call_on(&local_at("self", method.ident.span()), method);
    if method.is_async { quote_spanned!(method.ident.span()=> __p::send(#call).await) } else { call }
}

fn call_on(this: &Ident, method: &Method) -> TokenStream {
    let ident = &method.ident;
    let arguments = method.parameters.iter().enumerate().map(|(index, parameter)| {
        let local = local(index);
        if parameter.lent { quote!(&#local) } else { quote!(#local) }
    });
    quote_spanned!(ident.span()=> Self::#ident(#this, #(#arguments),*))
}

fn guard(guard: &Path) -> TokenStream {
    quote_spanned!(guard.span()=> __p::guard::<Self, _, _>(&#guard))
}

fn local(parameter: usize) -> Ident {
    format_ident!("__argument{parameter}")
}

/// Returns a local of the expansion that rustc reports at the user's token. It takes only the location from that token:
/// if the token comes from a `macro_rules!`, names with its hygiene are different from the expansion's.
fn local_at(name: &str, span: Span) -> Ident {
    Ident::new(name, span.resolved_at(Span::call_site()))
}
