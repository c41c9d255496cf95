//! `#[namespace]`: an impl block in, the same block and an impl of `Namespace` out. Parse, model, check, expand.

mod check;
mod expand;
mod model;
mod options;
mod path;
mod signature;
mod syntax;

use crate::errors::Errors;
use model::Contract;
use options::NamespaceOptions;
use proc_macro2::TokenStream;
use quote::quote;
use syntax::Block;

pub(crate) fn attribute(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = NamespaceOptions::parse(options, &mut errors);
    let Some(mut block) = Block::parse(item.clone(), &mut errors) else {
        let (item, errors) = (syntax::without_roles(item.clone()), errors.into_tokens());
        return quote!(#item #errors);
    };
    let contract = Contract::collect(&mut block, &mut errors);
    check::contract(&options, &contract, &block, &mut errors);
    let params = path::parameters(&options, &mut errors);

    // The block has none of our attributes from here on, even after an error, because rustc does not know them.
    let expansion = match errors.into_tokens() {
        None => expand::namespace(&options, &params, &contract, &block),
        Some(errors) => {
            block.bound_parameters();
            let fallback = expand::fallback(&options, &block);
            quote!(#errors #fallback)
        }
    };
    quote!(#block #expansion)
}
