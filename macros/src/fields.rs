//! serde's attributes on a field.

use syn::{Attribute, Expr, ExprLit, Field, Lit, Meta, Token, punctuated::Punctuated};

pub(crate) struct FieldOptions {
    pub form: Form,
    /// The field's own fields become the container's.
    pub flatten: bool,
    /// The field is never written.
    pub not_sent: bool,
    /// The field is never read.
    pub not_received: bool,
}

/// The form of a field on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Not sent.
    Skipped,
    /// The form of its type.
    Value,
    /// Bytes: `#[serde(with = "serde_bytes")]`.
    Bytes,
    /// A form of the framework, named by its marker type in `__private`: `#[serde(with = "switchboard::digits")]`.
    As(&'static str),
    /// The form that the program's own functions write.
    Custom,
    /// The form that the user declares: `#[schemars(with = "..")]`.
    Described,
}

impl FieldOptions {
    pub(crate) fn of(field: &Field) -> Self {
        let options = serde_options(&field.attrs);
        let has = |name: &str| options.iter().any(|option| option.path().is_ident(name));
        let skip = has("skip");
        let (not_sent, not_received) = (skip || has("skip_serializing"), skip || has("skip_deserializing"));
        let schemars = options_of(&field.attrs, "schemars");
        let described = |option: &Meta| ["with", "schema_with", "skip"].iter().any(|key| option.path().is_ident(key));
        let form = if not_sent && not_received {
            Form::Skipped
        } else if schemars.iter().any(described) {
            Form::Described
        } else if let Some(form) = options.iter().find_map(known_module) {
            form
        } else if has_own_functions(&options) {
            Form::Custom
        } else {
            Form::Value
        };
        Self { form, flatten: has("flatten"), not_sent, not_received }
    }
}

/// Returns `true` if the program's own functions write or read the field.
pub(crate) fn has_own_functions(options: &[Meta]) -> bool {
    let keys = ["with", "serialize_with", "deserialize_with"];
    options.iter().any(|option| keys.iter().any(|key| option.path().is_ident(key)))
}

/// Returns the form that a module writes, if the contract of that module is known.
fn known_module(option: &Meta) -> Option<Form> {
    let Meta::NameValue(option) = option else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(module), .. }) = &option.value else { return None };
    if !option.path.is_ident("with") {
        return None;
    }
    let module = module.value();
    // Another crate may export the framework: `company::switchboard::digits`.
    match module.split("::").collect::<Vec<_>>()[..] {
        ["serde_bytes"] => Some(Form::Bytes),
        [.., "switchboard", "digits"] => Some(Form::As("AsDigits")),
        [.., "switchboard", "float_or_null"] => Some(Form::As("FloatOrNull")),
        _ => None,
    }
}

pub(crate) fn serde_options(attributes: &[Attribute]) -> Vec<Meta> {
    options_of(attributes, "serde")
}

/// Returns the options in the attributes of this name.
pub(crate) fn options_of(attributes: &[Attribute], name: &str) -> Vec<Meta> {
    let attributes = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    // serde reports attributes that do not parse.
    let options =
        |attribute: &Attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok();
    attributes.filter_map(options).flatten().collect()
}
