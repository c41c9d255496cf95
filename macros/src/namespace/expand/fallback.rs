//! The replacement of the impl after an error, so that the rest of the program has no errors of its own.

use super::{emits, session};
use crate::namespace::{options::NamespaceOptions, syntax::Block};
use proc_macro2::TokenStream;
use quote::quote;

pub(in crate::namespace) fn fallback(options: &NamespaceOptions, block: &Block) -> TokenStream {
    if block.generics.lifetimes().next().is_some() {
        // An impl would only repeat, less clearly, that a namespace cannot borrow.
        return TokenStream::new();
    }
    let (generics, where_clause, ty) = (&block.generics, &block.generics.where_clause, &block.self_ty);
    let framework = &options.framework;
    let session = session(options);
    let emits = emits(options, block);
    quote! {
        #[allow(unused_qualifications)]
        const _: () = {
            use #framework as __p;
            #emits
            #[automatically_derived]
            impl #generics __p::Namespace for #ty #where_clause {
                const PATH: &'static str = "/";
                type Params = ();
                type Session = #session;
                async fn connect(
                    &self,
                    _: __p::ConnectContext<Self>,
                ) -> ::core::result::Result<Self::Session, __p::ConnectError> {
                    ::core::unreachable!()
                }
                async fn dispatch(&self, _: __p::EventContext<Self>) -> __p::Reply {
                    ::core::unreachable!()
                }
            }
        };
    }
}
