//! The options in the attributes' parentheses.

use crate::{errors::Errors, framework::Framework};
use proc_macro2::{Span, TokenStream};
use syn::{
    Attribute, Expr, Ident, LitStr, Meta, Path, Token, Type,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    spanned::Spanned,
    token::Paren,
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
    pub framework: Framework,
}

/// The place of a namespace.
pub(super) enum Place {
    Path(LitStr),
    /// A place that the server configures.
    Dynamic,
}

const MIDDLEWARE: &str = "functions, and values that implement `Middleware`";

mod keyword {
    syn::custom_keyword!(dynamic);
}

impl NamespaceOptions {
    /// Returns the path as written; empty for a dynamic namespace.
    pub(super) fn path(&self) -> LitStr {
        match &self.place {
            Some(Place::Path(path)) => path.clone(),
            Some(Place::Dynamic) | None => LitStr::new("", Span::call_site()),
        }
    }

    /// Parses the options. After an error, the options before it are kept, because the fallback declares their events.
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        const EXPECTED: &str = "one of `crate`, `emits`, `guard`, `middleware`, `params`, `session`";
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
            comma(input)?;
            keys(input, EXPECTED, |key, input| {
                given.once(key)?;
                match key.to_string().as_str() {
                    "crate" => options.framework = Framework::parse_value(key, input)?,
                    "emits" => options.emits = list(key, input, "types that implement `Event`")?,
                    "guard" => options.guards = list(key, input, "the guards' names")?,
                    "middleware" => options.middleware = list(key, input, MIDDLEWARE)?,
                    "params" => options.params = list(key, input, "names and types: `params(id: u32)`")?,
                    "session" => {
                        let needs_type = |span| syn::Error::new(span, "`session` needs a type: `session = Member`");
                        input.parse::<Token![=]>().map_err(|_| needs_type(key.span()))?;
                        options.session = Some(input.parse().map_err(|error: syn::Error| needs_type(error.span()))?);
                    }
                    _ => return Err(unknown(key, EXPECTED)),
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

/// Middleware around events.
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
        let mut value = input.parse()?;
        while let Expr::Group(group) = value {
            // A `$path:path` of a `macro_rules!`.
            value = *group.expr;
        }
        Ok(match value {
            Expr::Path(path) if path.qself.is_none() => Self::Function(path.path),
            value => Self::Value(value),
        })
    }
}

/// The events that a handler listens to.
pub(super) enum Key {
    /// `#[on("message")]`: positional arguments.
    Name(LitStr),
    /// `#[on(Message)]`: a type that implements `Event`.
    Event(Path),
    /// `#[fallback]`: positional arguments of events without another handler.
    Any,
}

/// `"message", concurrent, middleware(trace)`
pub(super) struct HandlerOptions {
    pub key: Key,
    pub concurrent: bool,
    pub blocking: Option<Ident>,
    pub middleware: Vec<Middleware>,
}

impl Parse for HandlerOptions {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const EVENT: &str = "expected an event: a name such as `\"message\"`, or a type that implements `Event`";
        let span = input.span();
        let key = if input.peek(LitStr) {
            Key::Name(input.parse()?)
        } else {
            Key::Event(input.parse().map_err(|error| syn::Error::new(error.span(), EVENT))?)
        };
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(syn::Error::new(span, EVENT));
        }
        comma(input)?;
        Self::of(key, input)
    }
}

impl HandlerOptions {
    /// `#[fallback]`, `#[fallback(concurrent, middleware(trace))]`
    pub(super) fn of_fallback(role: &Attribute) -> syn::Result<Self> {
        match &role.meta {
            Meta::Path(_) => Ok(Self { key: Key::Any, concurrent: false, blocking: None, middleware: Vec::new() }),
            _ => role.parse_args_with(|input: ParseStream<'_>| Self::of(Key::Any, input)),
        }
    }

    fn of(key: Key, input: ParseStream<'_>) -> syn::Result<Self> {
        const EXPECTED: &str = "one of `blocking`, `concurrent`, `middleware`";
        let mut options = Self { key, concurrent: false, blocking: None, middleware: Vec::new() };
        let mut given = Given::default();
        keys(input, EXPECTED, |key, input| {
            given.once(key)?;
            match key.to_string().as_str() {
                "blocking" => options.blocking = Some(key.clone()),
                "concurrent" => options.concurrent = true,
                "middleware" => options.middleware = list(key, input, MIDDLEWARE)?,
                _ => return Err(unknown(key, EXPECTED)),
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// Parses the comma before the options.
fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(())
}

/// Parses options up to the end: `key .., key ..`.
fn keys(
    input: ParseStream<'_>,
    expected: &str,
    mut value: impl FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    while !input.is_empty() {
        let not_a_key = |error: syn::Error| syn::Error::new(error.span(), format_args!("expected {expected}"));
        value(&input.call(Ident::parse_any).map_err(not_a_key)?, input)?;
        comma(input)?;
    }
    Ok(())
}

/// `(a, b)`
fn list<T: Parse>(key: &Ident, input: ParseStream<'_>, of: &str) -> syn::Result<Vec<T>> {
    let body;
    if !input.peek(Paren) {
        return Err(syn::Error::new_spanned(
            key,
            format_args!("what `{key}` lists stands in parentheses: `{key}(..)`"),
        ));
    }
    parenthesized!(body in input);
    let not_of_them = |error: syn::Error| syn::Error::new(error.span(), format_args!("`{key}` lists {of}"));
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&body).map_err(not_of_them)?.into_iter().collect())
}

fn unknown(key: &Ident, expected: &str) -> syn::Error {
    syn::Error::new_spanned(key, format_args!("unknown option `{key}`, expected {expected}"))
}

/// The options so far. A second one of the same name would silently replace the first.
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
