//! The contract as data. The code has no bounds, because the dispatch already reports bad types.

use super::{dispatch::answering, local_at, name};
use crate::{
    keys,
    namespace::{
        model::{Contract, Handler, Parameter},
        options::{Key, NamespaceOptions},
        path,
        syntax::Block,
    },
    payload::documentation,
    spelling::{is_plain, is_socket, optional},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, spanned::Spanned};

/// The maximum number of a guard's parameters, in addition to the borrowed socket.
const MAX_PARAMETERS: usize = 6;

pub(super) fn schema(
    options: &NamespaceOptions,
    params: &[path::Parameter],
    contract: &Contract,
    block: &Block,
) -> TokenStream {
    let documentation = documentation(&block.attributes);
    let params = params.iter().map(|parameter| {
        let (name, ty) = (&parameter.name, parameter.ty());
        quote! {
            __namespace.params.push(__p::schema::ParamSchema {
                name: #name,
                schema: (&&&&__p::Probe::<#ty>::NEW).describe(__schemas, __Direction::Incoming),
            });
        }
    });
    let auth = auth(options, contract);
    let session = options.session.as_ref().map(|ty| {
        quote! {
            __namespace.session = ::core::option::Option::Some(
                (&&&&__p::Probe::<#ty>::NEW).describe(__schemas, __Direction::Outgoing),
            );
        }
    });
    let path = options.path();
    let incoming = contract.handlers.iter().map(|handler| {
        let (cfg, event) = (&handler.cfg, event(handler));
        quote!(#(#cfg)* __namespace.incoming.push({ #event });)
    });
    let outgoing = options
        .emits
        .iter()
        .map(|event| quote!(__namespace.outgoing.push(__p::EventProbe::<#event>::NEW.schema(__schemas));));
    quote! {
        fn schema(__schemas: &mut __p::schema::Schemas) -> __p::schema::NamespaceSchema {
            use __p::{
                DescribeBinary as _, DescribeContainer as _, DescribeKnown as _, DescribeReturn as _,
                DescribeUnknown as _, KnownForm as _, NoEvent as _, NotOptional as _, NotRest as _,
                ReadKnownAuth as _, ReadNoAuth as _, ReadUnknownAuth as _, UnknownForm as _,
                schema::Direction as __Direction,
            };
            let mut __namespace = __p::schema::NamespaceSchema::new(#path);
            __namespace.documentation = #documentation;
            #(#params)*
            #auth
            #session
            #(#incoming)*
            #(#outgoing)*
            __namespace
        }
    }
}

/// Returns the descriptions of the `auth` that guards and `#[on_connect]` read. Only rustc knows a guard's parameters.
fn auth(options: &NamespaceOptions, contract: &Contract) -> TokenStream {
    let guards = options.guards.iter().map(|guard| {
        let positions = (0..=MAX_PARAMETERS).map(syn::Index::from);
        let (span, guard) = (guard.span(), super::guard(guard));
        let (schemas, namespace) = (local_at("__schemas", span), local_at("__namespace", span));
        quote_spanned! {span=>
            let __parameters = #guard.parameters();
            #( (&&&__parameters.#positions).read_auth(#schemas, &mut #namespace); )*
        }
    });
    let hook = contract.connect.iter().flat_map(|method| &method.parameters).map(|parameter| {
        let ty = &parameter.ty;
        quote!((&&&__p::AuthProbe::<#ty>::NEW).read_auth(__schemas, &mut __namespace);)
    });
    quote!(#(#guards)* #(#hook)*)
}

fn event(handler: &Handler) -> TokenStream {
    let name = name(handler);
    let output = handler.method.output.as_ref();
    let output = output.map_or_else(|| quote!(()), |ty| keys::described(ty, &quote!(__p)).to_token_stream());
    let (event, ack) = match &handler.key {
        Key::Name(_) | Key::Any => {
            let parameters = handler.method.parameters.iter().filter(|parameter| !is_socket(&parameter.ty));
            let arguments = parameters.map(argument);
            let event = quote! {
                let mut __event = __p::schema::EventSchema::new(#name);
                #(#arguments)*
            };
            let answering = answering(handler);
            let ack = quote! {
                let __answer = #answering.answers(__p::ReturnProbe::<#output>::NEW.value());
                __event.ack = (&&&&__answer).values(__schemas, (&&__answer).form(), __Direction::Outgoing);
            };
            (event, Some(ack))
        }
        Key::Event(event) => {
            let span = event.span();
            let (local, schemas) = (local_at("__event", span), local_at("__schemas", span));
            let whole = quote_spanned! {span=>
                let mut #local = <#event as __p::Event>::schema(#schemas, __Direction::Incoming);
            };
            (whole, None)
        }
    };
    let documentation =
        Some(&handler.documentation).filter(|text| !text.is_empty()).map(|text| quote!(__event.documentation = #text;));
    quote! {
        #event
        #documentation
        #ack
        if __p::ReturnProbe::<#output>::CAN_FAIL {
            __event.error = ::core::option::Option::Some(
                (&&&&__p::ReturnProbe::<#output>::NEW.error()).describe(__schemas, __Direction::Outgoing),
            );
        }
        __event
    }
}

fn argument(parameter: &Parameter) -> TokenStream {
    let (extracted, ty) = (&parameter.ty, &*keys::described(&parameter.ty, &quote!(__p)));
    let name = match &parameter.name {
        Some(name) => quote!(::core::option::Option::Some(#name)),
        None => quote!(::core::option::Option::None),
    };
    let inner = optional(ty);
    if is_plain(ty, &Generics::default()) {
        let optional = inner.is_some();
        return quote!(__event.arguments.push(__p::argument::<#ty>(__schemas, #name, #optional)););
    }
    let (optional, rest, schema) = match inner {
        Some(inner) => (
            quote!(true),
            quote!(false),
            quote!((&&&&__p::Probe::<#inner>::NEW).describe_optional(__schemas, __Direction::Incoming)),
        ),
        None => (
            quote!(__p::Probe::<#ty>::OPTIONAL),
            quote!(__p::RestProbe::<#ty>::REST),
            quote!((&&&&__p::RestProbe::<#ty>::NEW.each()).describe(__schemas, __Direction::Incoming)),
        ),
    };
    quote! {
        if __p::Position::<Self, #extracted>::POSITIONAL {
            __event.arguments.push(__p::schema::ArgumentSchema {
                name: #name,
                optional: #optional,
                rest: #rest,
                schema: #schema,
            });
        }
    }
}
