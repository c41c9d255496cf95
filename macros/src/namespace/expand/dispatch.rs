//! Dispatch of an event to its handler by name, and the reply from the handler's return value.

use super::{call, call_on, local, local_at, name};
use crate::{
    namespace::{
        model::{Contract, Handler},
        options::{Key, Middleware, NamespaceOptions},
    },
    spelling::{is_plain, is_socket},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Generics, LitStr, spanned::Spanned};

/// Returns the method that extracts a handler's parameters, calls the handler, and makes the reply; and the constant
/// that [`pattern`] uses.
///
/// Each handler has its own method, because rustc checks many small bodies faster than one large one. The method
/// borrows the context: a future that owned it would store it twice.
pub(super) fn method(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    let ident = method_ident(handler);
    let payload = handler.payload;
    let extract = handler.method.parameters.iter().enumerate().map(|(index, parameter)| {
        let (local, ty) = (local(index), &parameter.ty);
        let context = local_at("__event", ty.span());
        let take = match &handler.key {
            Key::Event(_) if payload == Some(index) => quote_spanned!(ty.span()=> __p::payload::<#ty, Self>(#context)),
            // The parameter may be the event under another name.
            Key::Event(event) if payload.is_none() => {
                quote_spanned!(ty.span()=> __p::Parameter::<#ty, #event>::NEW.take(#context))
            }
            _ => quote_spanned!(ty.span()=> <#ty as __p::FromContext<__p::EventContext<Self>>>::from_context(#context)),
        };
        quote! {
            let #local = match #take {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__rejection) => return __p::release(__event).reject(__rejection),
            };
        }
    });
    let call = if handler.blocking.is_some() {
        let span = handler.method.output.as_ref().map_or_else(|| handler.method.ident.span(), Spanned::span);
        let (this, context) = (local_at("__this", span), local_at("__event", span));
        let call = call_on(&this, &handler.method);
        quote_spanned!(span=> __p::blocking(#context, move |#this: &Self| #call).await)
    } else {
        call(&handler.method)
    };
    let reply = reply(handler);
    let constant = constant(handler);
    let asynchronous = handler.is_async().then(|| quote!(async));
    quote! {
        #constant

        #(#cfg)*
        #asynchronous fn #ident(&self, __event: &mut __p::EventContext<Self>) -> __p::Reply {
            #(#extract)*
            let __responder = __p::release(__event);
            let __value = #call;
            #reply
        }
    }
}

/// Returns the expression of the reply. Its span is the return type's, where rustc reports a value that cannot be an
/// answer.
fn reply(handler: &Handler) -> TokenStream {
    let ident = &handler.method.ident;
    let output = &handler.method.output;
    let span = output.as_ref().map_or_else(|| ident.span(), Spanned::span);
    let answering = answering(handler);
    let (value, responder) = (local_at("__value", span), local_at("__responder", span));
    match &handler.key {
        Key::Name(_) | Key::Any => quote_spanned!(span=> __p::Returned(#value, #answering).into_reply(#responder)),
        Key::Event(event) => {
            // The type's own tokens underline all of it. A span alone would underline only its first token.
            let output = output.as_ref().map_or_else(|| quote_spanned!(span=> ()), |output| quote!(#output));
            quote_spanned!(span=> #answering.answer::<<#event as __p::Event>::Ack, #output>(#value, #responder))
        }
    }
}

/// Returns how a handler acknowledges: by its return value, unless one of its parameters is an `Ack`. Borrowed
/// parameters, plain types, the event and the socket are left out, because they cannot be a usable `Ack`.
pub(super) fn answering(handler: &Handler) -> TokenStream {
    let payload = handler.payload;
    let parameters = handler.method.parameters.iter().enumerate().filter(|(index, parameter)| {
        let ty = &parameter.ty;
        !parameter.lent && payload != Some(*index) && !is_plain(ty, &Generics::default()) && !is_socket(ty)
    });
    parameters.fold(quote!(__p::ByReturn), |before, (_, parameter)| {
        let ty = &parameter.ty;
        match &handler.key {
            Key::Name(_) | Key::Any => quote_spanned!(ty.span()=> __p::Answering::<#ty>::NEW.after(#before)),
            Key::Event(event) => quote_spanned! {ty.span()=>
                __p::Answering::<#ty>::NEW.after_in::<<#event as __p::Event>::Ack, _>(#before)
            },
        }
    })
}

pub(super) fn dispatch(options: &NamespaceOptions, contract: &Contract, shared: &TokenStream) -> TokenStream {
    let arms = contract.handlers.iter().map(|handler| {
        let (cfg, pattern, run) = (&handler.cfg, pattern(handler), run(handler));
        quote!(#(#cfg)* #pattern => #run,)
    });
    let fallback = contract.fallback.as_ref().map(|handler| {
        let run = run(handler);
        quote!(_ if !__listened => #run,)
    });
    let route = quote! {
        let __listened = match __p::listeners(&mut __event) {
            ::core::option::Option::None => false,
            ::core::option::Option::Some(__listeners) => match __listeners.await {
                ::core::result::Result::Ok(()) => true,
                ::core::result::Result::Err(__reply) => return __reply,
            },
        };
        match __event.name() {
            #(#arms)*
            #fallback
            _ => __p::unhandled(&mut __event, __listened),
        }
    };
    let body = if options.middleware.is_empty() { route } else { wrapped(&options.middleware, &route) };
    quote! {
        // Not an `async fn`, which would store the context twice, as a parameter and as a local.
        fn dispatch(
            &self,
            mut __event: __p::EventContext<Self>,
        ) -> impl ::core::future::Future<Output = __p::Reply> + ::core::marker::Send #shared {
            async move { #body }
        }
    }
}

/// Returns the call of a handler, wrapped in its own middleware.
fn run(handler: &Handler) -> TokenStream {
    let ident = method_ident(handler);
    let wait = handler.is_async().then(|| quote!(.await));
    let run = quote!(Self::#ident(self, &mut __event) #wait);
    if handler.middleware.is_empty() { run } else { wrapped(&handler.middleware, &run) }
}

/// Returns `inner` wrapped in middleware: `[a, b]` becomes `a(event, |event| b(event, |event| inner))`, with static
/// types.
fn wrapped(middleware: &[Middleware], inner: &TokenStream) -> TokenStream {
    let mut next = quote!(__p::NextFn(move |mut __event: __p::EventContext<Self>| async move { #inner }));
    for (index, middleware) in middleware.iter().enumerate().rev() {
        let span = middleware.span();
        let context = local_at("__event", span);
        let run = match middleware {
            Middleware::Function(function) => {
                let of_self = function.segments.first().is_some_and(|segment| segment.ident == "Self");
                let receiver = of_self.then(|| local_at("self", span)).into_iter();
                quote_spanned!(span=> #function(#(#receiver,)* #context, #next))
            }
            // A separate block, so that the value outlives the future that borrows it.
            Middleware::Value(value) => {
                let handle = quote_spanned!(span=> __p::Middleware::<Self>::handle);
                quote_spanned!(span=> async move { #handle(&#value, #context, #next).await })
            }
        };
        next = if index == 0 {
            quote_spanned!(span=> { let __reply: __p::Reply = #run.await; __reply })
        } else {
            quote!(__p::NextFn(move |__event: __p::EventContext<Self>| #run))
        };
    }
    next
}

/// Returns the method that tells which events run concurrently, if a handler has the option.
pub(super) fn concurrent(contract: &Contract) -> Option<TokenStream> {
    let others = contract.fallback.as_ref().is_some_and(|fallback| fallback.concurrent);
    let arms: Vec<_> = contract
        .handlers
        .iter()
        .filter(|handler| handler.concurrent != others)
        .map(|handler| {
            let (cfg, pattern, concurrent) = (&handler.cfg, pattern(handler), handler.concurrent);
            quote!(#(#cfg)* #pattern => #concurrent,)
        })
        .collect();
    (others || !arms.is_empty()).then(|| {
        quote! {
            fn concurrent(__event: &str) -> bool {
                match __event { #(#arms)* _ => #others }
            }
        }
    })
}

/// Returns the event's name as a pattern. It has the macro's spans, so that rustc does not report unreachable patterns:
/// the assertions report events with two handlers.
fn pattern(handler: &Handler) -> TokenStream {
    match &handler.key {
        Key::Name(name) => LitStr::new(&name.value(), Span::call_site()).into_token_stream(),
        Key::Event(_) => {
            let constant = constant_ident(handler);
            quote!(Self::#constant)
        }
        Key::Any => quote!(_),
    }
}

/// Returns the constant with a typed event's name, for patterns.
fn constant(handler: &Handler) -> Option<TokenStream> {
    let Key::Event(_) = &handler.key else { return None };
    let (cfg, ident, name) = (&handler.cfg, constant_ident(handler), name(handler));
    Some(quote!(#(#cfg)* const #ident: &'static ::core::primitive::str = #name;))
}

fn constant_ident(handler: &Handler) -> Ident {
    format_ident!("__SWITCHBOARD_{}", handler.method.ident, span = Span::call_site())
}

fn method_ident(handler: &Handler) -> Ident {
    format_ident!("__switchboard_{}", handler.method.ident)
}
