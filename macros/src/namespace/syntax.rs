//! An impl block whose method bodies stay tokens.
//!
//! Nothing in here needs a body. rustc reports what is wrong in one, better than a macro could, and an editor keeps
//! working while one is half written.

use crate::errors::Errors;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Generics, ImplItem, Signature, Token, Type, Visibility, braced,
    parse::{Parse, ParseStream, Parser, discouraged::Speculative},
};

pub(super) struct Block {
    pub attributes: Vec<Attribute>,
    pub generics: Generics,
    pub self_ty: Type,
    pub items: Vec<Item>,
}

pub(super) enum Item {
    Method(Box<Method>),
    Other(Box<ImplItem>),
}

pub(super) struct Method {
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub signature: Signature,
    pub body: Group,
}

impl Block {
    /// Nothing if this is no inherent impl block at all.
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let parser = |input: ParseStream<'_>| Self::parse_block(input, errors);
        let parsed = parser.parse2(tokens);
        errors.ok(parsed)
    }

    fn parse_block(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Self> {
        const PLACE: &str = "`#[namespace]` goes on an inherent impl block: `impl Chat { .. }`";
        let attributes = input.call(Attribute::parse_outer)?;
        if !input.peek(Token![impl]) {
            // The rest has to be consumed, or syn would report that instead.
            input.parse::<TokenStream>()?;
            return Err(syn::Error::new(Span::call_site(), PLACE));
        }
        input.parse::<Token![impl]>()?;
        let mut generics: Generics = input.parse()?;
        let self_ty: Type = input.parse()?;
        if input.peek(Token![for]) {
            input.parse::<TokenStream>()?;
            return Err(syn::Error::new_spanned(self_ty, PLACE));
        }
        generics.where_clause = input.parse()?;
        let body;
        braced!(body in input);
        let mut items = Vec::new();
        while !body.is_empty() {
            match body.call(Item::parse) {
                Ok(item) => items.push(item),
                Err(error) => {
                    errors.push(error);
                    skip_item(&body)?;
                }
            }
        }
        Ok(Self { attributes, generics, self_ty, items })
    }

    pub(super) fn methods(&mut self) -> impl Iterator<Item = &mut Method> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Method(method) => Some(&mut **method),
            Item::Other(_) => None,
        })
    }
}

/// Past the item that could not be parsed: the others are looked at all the same.
fn skip_item(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        match input.parse()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            TokenTree::Punct(punct) if punct.as_char() == ';' => break,
            _ => {}
        }
    }
    Ok(())
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        let error = match ahead.parse::<Method>() {
            Ok(method) => {
                input.advance_to(&ahead);
                return Ok(Self::Method(Box::new(method)));
            }
            Err(error) => error,
        };
        let ahead = input.fork();
        match ahead.parse::<ImplItem>() {
            Ok(item) => {
                input.advance_to(&ahead);
                Ok(Self::Other(Box::new(item)))
            }
            Err(_) => Err(error),
        }
    }
}

impl Parse for Method {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, generics, self_ty, items } = self;
        let where_clause = &generics.where_clause;
        tokens.extend(quote!(#(#attributes)* impl #generics #self_ty #where_clause { #(#items)* }));
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Method(method) => {
                let Method { attributes, visibility, signature, body } = &**method;
                tokens.extend(quote!(#(#attributes)* #visibility #signature #body));
            }
            Self::Other(item) => item.to_tokens(tokens),
        }
    }
}
