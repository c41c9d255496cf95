//! `#[event]` and `#[derive(Event)]`: a type's name on the wire, and its acknowledgement.

use crate::{
    errors::Errors,
    evaluated,
    fields::{FieldOptions, Form},
    form,
    framework::Framework,
    keys, lints, names, payload,
    spelling::is_plain,
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Data, DataStruct, DeriveInput, Field, Fields, Generics, Ident, LitStr, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    parse_quote,
};

/// `"message", ack = Receipt, crate = "company::switchboard"`
pub(crate) struct Options {
    name: LitStr,
    ack: Option<Type>,
    framework: Option<Framework>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(LitStr) {
            return Err(syn::Error::new(input.span(), "an event needs a name, in quotes: `#[event(\"name\")]`"));
        }
        let mut options = Self { name: input.parse()?, ack: None, framework: None };
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            let given = match key.to_string().as_str() {
                "ack" => options.ack.is_some(),
                "crate" => options.framework.is_some(),
                _ => {
                    let message = format!("unknown option `{key}`, expected one of `ack`, `crate`");
                    return Err(syn::Error::new_spanned(&key, message));
                }
            };
            if given {
                return Err(syn::Error::new_spanned(&key, format_args!("`{key}` is given twice")));
            }
            if key == "crate" {
                options.framework = Some(Framework::parse_value(&key, input)?);
                continue;
            }
            let needs_type = |span| syn::Error::new(span, "`ack` needs a type: `ack = Receipt`");
            input.parse::<Token![=]>().map_err(|_| needs_type(key.span()))?;
            options.ack = Some(input.parse().map_err(|error: syn::Error| needs_type(error.span()))?);
        }
        if input.is_empty() { Ok(options) } else { Err(input.error("expected `,`")) }
    }
}

/// Expands `#[event(..)]`: the derive `Event`, and the derives that `#[payload]` adds.
pub(crate) fn attribute(options: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parsed: Option<Options> = errors.ok(syn::parse2(options.clone()));
    match payload::parse(item, "#[event]", &mut errors) {
        Some(input) if evaluated::is_needed(&input) => {
            let framework = parsed.and_then(|options| options.framework).unwrap_or_default();
            evaluated::first("event", options, &framework, item)
        }
        Some(input) => expand(parsed, input, errors),
        None => {
            let errors = errors.into_tokens();
            quote!(#item #errors)
        }
    }
}

/// Returns the type with its derives and its impl of `Event`.
pub(crate) fn expand(options: Option<Options>, mut input: DeriveInput, mut errors: Errors) -> TokenStream {
    let framework = options.as_ref().and_then(|options| options.framework.clone()).unwrap_or_default();
    payload::take_other_attributes(&mut input, "event", &mut errors);
    let event = implementation(&input, options, false, errors);
    let payload = payload::with_derives(input, &framework);
    quote!(#payload #event)
}

/// Expands `#[derive(Event)] #[event(..)]` on a type that implements serde's traits.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let mut attributes = input.attrs.iter().filter(|attribute| attribute.path().is_ident("event"));
    let options = match attributes.next() {
        Some(attribute) => errors.ok(attribute.parse_args()),
        None => {
            errors.at(&input.ident, "an event needs a name, in quotes: `#[event(\"name\")]`");
            None
        }
    };
    for second in attributes {
        errors.at(second, "an event has one name");
    }
    implementation(&input, options, true, errors)
}

fn implementation(input: &DeriveInput, options: Option<Options>, derived: bool, mut errors: Errors) -> TokenStream {
    if let Some(options) = &options {
        names::check_event(&options.name, &mut errors);
    }
    if input.generics.type_params().next().is_some() || input.generics.const_params().next().is_some() {
        errors.at(&input.generics, "an event cannot be generic: its name would stand for several types");
    }
    if let Data::Union(data) = &input.data {
        errors.at(data.union_token, "a union cannot be an event");
    }

    // An impl exists in spite of an error: otherwise every use of the type would be an error too.
    let ident = &input.ident;
    let (generics, arguments, where_clause) = input.generics.split_for_impl();
    let name = options.as_ref().map_or_else(|| LitStr::new("", ident.span()), |options| options.name.clone());
    let (ack, framework) = options.map_or((None, None), |options| (options.ack, options.framework));
    let (ack, framework) = (ack.unwrap_or_else(|| parse_quote!(())), framework.unwrap_or_default());
    let errors = errors.into_tokens();
    let schema = (cfg!(feature = "schema") && errors.is_none()).then(|| schema(input, &ack, derived));
    let allow = lints::of_type(input);
    quote! {
        #errors
        #allow
        const _: () = {
            use #framework as __p;
            #[automatically_derived]
            impl #generics __p::Event for #ident #arguments #where_clause {
                const NAME: &'static str = #name;
                type Ack = #ack;
                #schema
            }
        };
    }
}

/// Returns the function that describes the event. `derived` is `true` for `#[derive(Event)]`: serde's impls may be
/// handwritten then, and the fields do not show the form of the event.
fn schema(input: &DeriveInput, ack: &Type, derived: bool) -> TokenStream {
    let documentation = payload::documentation(&input.attrs);
    let arguments = match &input.data {
        _ if derived || form::travels_as_another_type(&input.attrs) => whole(input),
        Data::Struct(DataStruct { fields: Fields::Unit, .. }) => TokenStream::new(),
        Data::Struct(DataStruct { fields: Fields::Unnamed(fields), .. }) => {
            fields.unnamed.iter().map(argument).collect()
        }
        // `#[event]` derives a schema.
        _ => push(&describe(quote!(Self), true, &quote!(__direction)), &quote!(false)),
    };
    let described = keys::described(ack, &quote!(__p));
    quote! {
        fn schema(__schemas: &mut __p::schema::Schemas, __direction: __p::schema::Direction) -> __p::schema::EventSchema {
            use __p::{
                DescribeBinary as _, DescribeContainer as _, DescribeKnown as _, DescribeUnknown as _, KnownForm as _,
                NotOptional as _, UnknownForm as _,
            };
            let mut __event = __p::schema::EventSchema::new(<Self as __p::Event>::NAME);
            __event.documentation = #documentation;
            #arguments
            __event.ack = (&&&&__p::Probe::<#described>::NEW).values(
                __schemas,
                (&&__p::Probe::<#ack>::NEW).form(),
                __direction.back(),
            );
            __event
        }
    }
}

/// Describes all arguments of an event whose number serde's impls decide.
fn whole(input: &DeriveInput) -> TokenStream {
    // A tuple struct without `Deserialize` may have a handwritten `Serialize` that writes one value.
    let unread = if form::is_single(input) {
        quote!(::core::option::Option::Some(__p::Form::One))
    } else {
        quote!(::core::option::Option::None)
    };
    quote! {
        let __form = (&&__p::Probe::<Self>::NEW).form().or(#unread);
        let __values = (&&&&__p::Probe::<Self>::NEW).values(__schemas, __form, __direction);
        __event.arguments = __p::arguments(__values, __form);
    }
}

/// Describes one field of a tuple struct.
fn argument(field: &Field) -> TokenStream {
    let (ty, options, direction) = (&field.ty, FieldOptions::of(field), quote!(__direction));
    let push = match options.form {
        Form::Skipped => return TokenStream::new(),
        Form::Bytes => push(&describe(quote!(__p::BinaryData), true, &direction), &quote!(false)),
        Form::As(form) => {
            let form = Ident::new(form, Span::call_site());
            let optional = quote!(<__p::#form as __p::Encoding<#ty>>::OPTIONAL);
            push(&describe(quote!(__p::As<__p::#form, #ty>), true, &direction), &optional)
        }
        Form::Custom => push(&describe(quote!(__p::Unknown<#ty>), true, &direction), &quote!(false)),
        Form::Value | Form::Described => push(
            &describe(keys::described(ty, &quote!(__p)), is_known(ty), &direction),
            &quote!(__p::Probe::<#ty>::OPTIONAL),
        ),
    };
    match (options.not_sent, options.not_received) {
        (true, _) => quote!(if __direction == __p::schema::Direction::Incoming { #push }),
        (_, true) => quote!(if __direction == __p::schema::Direction::Outgoing { #push }),
        _ => push,
    }
}

fn push(schema: &TokenStream, optional: &TokenStream) -> TokenStream {
    quote! {
        __event.arguments.push(__p::schema::ArgumentSchema {
            name: ::core::option::Option::None,
            optional: #optional,
            rest: false,
            schema: #schema,
        });
    }
}

/// Describes a type. `known` is `true` if the type implements `JsonSchema`; otherwise rustc probes it.
fn describe(ty: impl ToTokens, known: bool, direction: &TokenStream) -> TokenStream {
    if known {
        quote!(__schemas.describe::<#ty>(#direction))
    } else {
        quote!((&&&&__p::Probe::<#ty>::NEW).describe(__schemas, #direction))
    }
}

fn is_known(ty: &Type) -> bool {
    is_plain(ty, &Generics::default())
}
