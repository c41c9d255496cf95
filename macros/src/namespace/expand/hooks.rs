//! The hooks for connecting and disconnecting sockets.

use super::{call, local, local_at};
use crate::namespace::{
    model::{Contract, Method},
    options::NamespaceOptions,
};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

pub(super) fn connect(options: &NamespaceOptions, contract: &Contract, shared: &TokenStream) -> TokenStream {
    let guards = options
        .guards
        .iter()
        .map(|guard| {
            let (span, guard) = (guard.span(), super::guard(guard));
            let context = local_at("__context", span);
            quote_spanned!(span=> #guard.check(&mut #context).await?;)
        })
        .collect::<Vec<_>>();
    let guards = (!guards.is_empty()).then(|| quote!(if __context.asks_guards() { #(#guards)* }));
    let open = match &contract.connect {
        None => quote!(::core::result::Result::Ok(())),
        Some(method) => {
            let refuse = quote!(return ::core::result::Result::Err(::core::convert::From::from(__rejection)));
            let extract = extract(method, &quote!(ConnectContext), &refuse);
            let call = call(method);
            let span = method.output.as_ref().map_or_else(|| method.ident.span(), Spanned::span);
            let output = method.output.as_ref().map_or_else(|| quote_spanned!(span=> ()), |output| quote!(#output));
            let value = local_at("__value", span);
            let open = quote_spanned!(span=> __p::opens::<Self::Session, #output>(#value));
            quote!(#extract let __value = #call; #open)
        }
    };
    quote! {
        async fn connect(
            &self,
            mut __context: __p::ConnectContext<Self>,
        ) -> ::core::result::Result<Self::Session, __p::ConnectError> #shared {
            #guards
            #open
        }
    }
}

pub(super) fn connected(contract: &Contract, shared: &TokenStream) -> Option<TokenStream> {
    let method = contract.connected.as_ref()?;
    let extract = extract(method, &quote!(ConnectedContext), &quote!(return __context.report(__rejection)));
    let call = call(method);
    let span = method.output.as_ref().map_or_else(|| method.ident.span(), Spanned::span);
    let (context, value) = (local_at("__context", span), local_at("__value", span));
    let conclude = quote_spanned!(span=> __p::concluded(&#context, #value));
    Some(quote! {
        async fn connected(&self, mut __context: __p::ConnectedContext<Self>) #shared {
            #extract
            let __value = #call;
            #conclude
        }
    })
}

pub(super) fn disconnecting(contract: &Contract) -> Option<TokenStream> {
    let method = contract.disconnecting.as_ref()?;
    let extract = extract(method, &quote!(DisconnectContext), &quote!(return __p::skipped(&__context, &__rejection)));
    let call = call(method);
    Some(quote! {
        const HEARS_DISCONNECTING: bool = true;
        fn disconnecting(&self, mut __context: __p::DisconnectContext<Self>) {
            #extract
            #call
        }
    })
}

pub(super) fn disconnect(contract: &Contract, shared: &TokenStream) -> Option<TokenStream> {
    let method = contract.disconnect.as_ref()?;
    let extract = extract(method, &quote!(DisconnectContext), &quote!(return __p::skipped(&__context, &__rejection)));
    let call = call(method);
    Some(quote! {
        async fn disconnect(&self, mut __context: __p::DisconnectContext<Self>) #shared {
            #extract
            #call
        }
    })
}

fn extract(method: &Method, context: &TokenStream, reject: &TokenStream) -> TokenStream {
    let extract = method.parameters.iter().enumerate().map(|(index, parameter)| {
        let (local, ty) = (local(index), &parameter.ty);
        let lent = local_at("__context", ty.span());
        let take = quote_spanned! {ty.span()=>
            <#ty as __p::FromContext<__p::#context<Self>>>::from_context(&mut #lent)
        };
        quote! {
            let #local = match #take {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__rejection) => #reject,
            };
        }
    });
    extract.collect()
}
