//! What stands in the attributes' parentheses.

use crate::errors::Errors;
use proc_macro2::{Span, TokenStream};
use syn::{
    Expr, Ident, LitStr, Path, Token, Type, parenthesized,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    spanned::Spanned,
};

/// `"/chat", session = Member, emits(Message), guard(same_origin), middleware(trace)`
#[derive(Default)]
pub(super) struct NamespaceOptions {
    pub place: Option<Place>,
    pub params: Vec<Param>,
    pub session: Option<Type>,
    pub emits: Vec<Type>,
    pub guards: Vec<Path>,
    pub middleware: Vec<Middleware>,
}

/// Where a namespace is.
pub(super) enum Place {
    Path(LitStr),
    /// Where the server is told.
    Dynamic,
}

mod keyword {
    syn::custom_keyword!(dynamic);
}

impl NamespaceOptions {
    /// The path as it was written; empty for a dynamic namespace.
    pub(super) fn path(&self) -> LitStr {
        match &self.place {
            Some(Place::Path(path)) => path.clone(),
            Some(Place::Dynamic) | None => LitStr::new("", Span::call_site()),
        }
    }

    /// What could be parsed is kept on an error: the fallback declares the events that came before it.
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let parser = |input: ParseStream<'_>| {
            options.place = Some(if input.peek(LitStr) {
                Place::Path(input.parse()?)
            } else if input.parse::<Option<keyword::dynamic>>()?.is_some() {
                Place::Dynamic
            } else {
                return Err(syn::Error::new(input.span(), "a namespace needs a path: `#[namespace(\"/chat\")]`"));
            });
            let mut given = Given::default();
            keys(input, |key, input| {
                given.once(key)?;
                match key.to_string().as_str() {
                    "emits" => options.emits = list(input)?,
                    "guard" => options.guards = list(input)?,
                    "middleware" => options.middleware = list(input)?,
                    "params" => options.params = list(input)?,
                    "session" => {
                        input.parse::<Token![=]>()?;
                        options.session = Some(input.parse()?);
                    }
                    _ => return Err(unknown(key, "one of `emits`, `guard`, `middleware`, `params`, `session`")),
                }
                Ok(())
            })
        };
        errors.ok(parser.parse2(tokens));
        options
    }
}

/// `id: u32`
pub(super) struct Param {
    pub name: Ident,
    pub ty: Type,
}

impl Parse for Param {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Self { name, ty: input.parse()? })
    }
}

/// What stands around events.
pub(super) enum Middleware {
    /// `trace`, `Self::count`: a function.
    Function(Path),
    /// `RateLimit::per_second(20)`, `self.log`: a value that implements `Middleware`.
    Value(Expr),
}

impl Middleware {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Function(path) => path.span(),
            Self::Value(value) => value.span(),
        }
    }
}

impl Parse for Middleware {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(match input.parse()? {
            Expr::Path(path) if path.qself.is_none() => Self::Function(path.path),
            value => Self::Value(value),
        })
    }
}

/// What a handler listens to.
pub(super) enum Key {
    /// `#[on("message")]`: positional arguments.
    Name(LitStr),
    /// `#[on(Message)]`: a type that implements `Event`.
    Event(Path),
}

/// `"message", concurrent, middleware(trace)`
pub(super) struct HandlerOptions {
    pub key: Key,
    pub concurrent: bool,
    pub middleware: Vec<Middleware>,
}

impl Parse for HandlerOptions {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const EXPECTED: &str = "expected an event: a name such as `\"message\"`, or a type that implements `Event`";
        let key = if input.peek(LitStr) {
            Key::Name(input.parse()?)
        } else {
            Key::Event(input.parse().map_err(|error| syn::Error::new(error.span(), EXPECTED))?)
        };
        let mut options = Self { key, concurrent: false, middleware: Vec::new() };
        let mut given = Given::default();
        keys(input, |key, input| {
            given.once(key)?;
            match key.to_string().as_str() {
                "concurrent" => options.concurrent = true,
                "middleware" => options.middleware = list(input)?,
                _ => return Err(unknown(key, "`concurrent` or `middleware`")),
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// `, key .., key ..` up to the end.
fn keys(input: ParseStream<'_>, mut value: impl FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>) -> syn::Result<()> {
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if !input.is_empty() {
            value(&input.parse()?, input)?;
        }
    }
    Ok(())
}

/// `(a, b)`
fn list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let body;
    parenthesized!(body in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&body)?.into_iter().collect())
}

fn unknown(key: &Ident, expected: &str) -> syn::Error {
    syn::Error::new_spanned(key, format_args!("unknown option `{key}`, expected {expected}"))
}

/// The options that were there: a second one would silently replace the first.
#[derive(Default)]
struct Given(Vec<Ident>);

impl Given {
    fn once(&mut self, key: &Ident) -> syn::Result<()> {
        if self.0.contains(key) {
            return Err(syn::Error::new_spanned(key, format_args!("`{key}` is given twice")));
        }
        self.0.push(key.clone());
        Ok(())
    }
}
