//! From an event's name to its handler, and from the handler's return value to the reply.

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

/// The method that extracts a handler's parameters, calls it, and makes the reply; with the constant that [`pattern`] names.
///
/// One for each handler: rustc checks many small bodies faster than one large one. It borrows the context instead of
/// owning it: a future that owned it would store it a second time.
pub(super) fn method(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    let ident = method_ident(handler);
    let payload = handler.payload;
    let extract = handler.method.parameters.iter().enumerate().map(|(index, parameter)| {
        let (local, ty) = (local(index), &parameter.ty);
        let context = local_at("__event", ty.span());
        let take = match &handler.key {
            Key::Event(_) if payload == Some(index) => quote_spanned!(ty.span()=> __p::payload::<#ty, Self>(#context)),
            // It may be the event by another name.
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

/// The span is the return type's, where a value that cannot be an answer is reported.
fn reply(handler: &Handler) -> TokenStream {
    let ident = &handler.method.ident;
    let output = &handler.method.output;
    let span = output.as_ref().map_or_else(|| ident.span(), Spanned::span);
    let answering = answering(handler);
    let (value, responder) = (local_at("__value", span), local_at("__responder", span));
    match &handler.key {
        Key::Name(_) | Key::Any => quote_spanned!(span=> __p::Returned(#value, #answering).into_reply(#responder)),
        Key::Event(event) => {
            // In its own tokens, so that all of it is underlined: a span alone is a type's first token.
            let output = output.as_ref().map_or_else(|| quote_spanned!(span=> ()), |output| quote!(#output));
            quote_spanned!(span=> #answering.answer::<<#event as __p::Event>::Ack, #output>(#value, #responder))
        }
    }
}

/// How a handler answers: by what it returns, unless one of its parameters is an `Ack`. What is lent cannot be one that
/// is of use; and what is plain, the event, or the socket is none.
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
        // Not an `async fn`: that would store the context twice, as its parameter and as its local.
        fn dispatch(
            &self,
            mut __event: __p::EventContext<Self>,
        ) -> impl ::core::future::Future<Output = __p::Reply> + ::core::marker::Send #shared {
            async move { #body }
        }
    }
}

/// Runs a handler, within the middleware of its own.
fn run(handler: &Handler) -> TokenStream {
    let ident = method_ident(handler);
    let wait = handler.is_async().then(|| quote!(.await));
    let run = quote!(Self::#ident(self, &mut __event) #wait);
    if handler.middleware.is_empty() { run } else { wrapped(&handler.middleware, &run) }
}

/// `[a, b]` around `inner` is `a(event, |event| b(event, |event| inner))`, all of it known to rustc.
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
            // In a block of its own, so that the value outlives the future that borrows it.
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

/// Written only where a handler asks for it.
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

/// The event's name as a pattern. Its spans are the macro's, so that rustc does not report unreachable patterns: the assertions
/// report events with two handlers.
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

/// The constant that holds a typed event's name, for patterns.
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
