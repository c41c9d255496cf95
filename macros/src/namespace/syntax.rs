//! An impl block whose method bodies stay tokens.
//!
//! The macro does not need the bodies. rustc reports errors in a body better than a macro could, and an editor keeps
//! working while a body is incomplete.

use super::model::{ROLES, is_role};
use crate::errors::Errors;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Generics, Signature, Token, Type, TypeParamBound, Visibility, braced,
    parse::{Parse, ParseStream, Parser, discouraged::Speculative},
    parse_quote,
};

pub(super) struct Block {
    pub attributes: Vec<Attribute>,
    pub generics: Generics,
    pub self_ty: Type,
    pub items: Vec<Item>,
}

pub(super) enum Item {
    Method(Box<Method>),
    /// Any item that is not a method: a constant, a macro call, or a part of one. It is returned unchanged.
    Other(TokenStream),
}

pub(super) struct Method {
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub signature: Signature,
    /// The body in braces, or a `$body:block` of a `macro_rules!`.
    pub body: Group,
}

impl Block {
    /// Parses the block. Returns `None` if the item is not an inherent impl block.
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let parser = |input: ParseStream<'_>| Self::parse_block(input, errors);
        let parsed = parser.parse2(tokens);
        errors.ok(parsed)
    }

    fn parse_block(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Self> {
        const PLACE: &str = "`#[namespace]` goes on an inherent impl block: `impl Chat { .. }`";
        let attributes = input.call(Attribute::parse_outer)?;
        if !input.peek(Token![impl]) {
            // The rest has to be consumed, or syn would report it instead.
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
        let inner = body.call(Attribute::parse_inner)?;
        let mut items = vec![Item::Other(quote!(#(#inner)*))];
        while !body.is_empty() {
            items.extend(Item::parse(&body, errors)?);
        }
        Ok(Self { attributes, generics, self_ty, items })
    }

    /// Adds the missing bounds of a namespace to the parameters after an error. Otherwise each use would report them
    /// again.
    pub(super) fn bound_parameters(&mut self) {
        for parameter in self.generics.type_params_mut() {
            parameter.bounds.extend::<[TypeParamBound; 3]>([
                parse_quote!(::core::marker::Send),
                parse_quote!(::core::marker::Sync),
                parse_quote!('static),
            ]);
        }
    }

    /// Returns the attributes of the block and of its methods.
    pub(super) fn all_attributes(&self) -> impl Iterator<Item = &Attribute> {
        let of_methods = self.items.iter().flat_map(|item| match item {
            Item::Method(method) => method.attributes.as_slice(),
            Item::Other(_) => &[],
        });
        self.attributes.iter().chain(of_methods)
    }

    pub(super) fn methods(&mut self) -> impl Iterator<Item = &mut Method> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Method(method) => Some(&mut **method),
            Item::Other(_) => None,
        })
    }
}

impl Item {
    /// Parses a method. Returns `None` for a handler that cannot be parsed, after reporting it, so that parsing goes on
    /// with the others.
    fn parse(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Option<Self>> {
        let ahead = input.fork();
        let error = match ahead.parse::<Method>() {
            Ok(method) => {
                input.advance_to(&ahead);
                return Ok(Some(Self::Method(Box::new(method))));
            }
            Err(error) => error,
        };
        let attributes = input.fork().call(Attribute::parse_outer).unwrap_or_default();
        let tokens = up_to_the_end(input)?;
        if attributes.iter().any(is_role) {
            // rustc reports the error, unless it supports syntax that syn does not.
            errors.push(syn::Error::new(error.span(), "cannot read this handler's signature"));
            return Ok(None);
        }
        Ok(Some(Self::Other(tokens)))
    }
}

/// Returns the tokens of an item that is not an inherent impl block, without the macro's attributes. rustc does not
/// know them, and would report each of them.
pub(super) fn without_roles(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let TokenTree::Group(group) = &token else {
            kept.push(token);
            continue;
        };
        let first = group.stream().into_iter().next();
        let is_role = matches!(first, Some(TokenTree::Ident(name)) if ROLES.iter().any(|role| name == role));
        let after_hash = matches!(kept.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
        if is_role && after_hash && group.delimiter() == Delimiter::Bracket {
            kept.pop();
            continue;
        }
        let mut inner = Group::new(group.delimiter(), without_roles(group.stream()));
        inner.set_span(group.span());
        kept.push(inner.into());
    }
    kept.into_iter().collect()
}

fn up_to_the_end(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        let token = input.parse()?;
        let ends = match &token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        tokens.extend([token]);
        if ends {
            break;
        }
    }
    Ok(tokens)
}

impl Parse for Method {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: match input.parse()? {
                TokenTree::Group(body) if matches!(body.delimiter(), Delimiter::Brace | Delimiter::None) => body,
                other => return Err(syn::Error::new(other.span(), "expected a body")),
            },
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
            Self::Other(other) => tokens.extend(other.clone()),
        }
    }
}
