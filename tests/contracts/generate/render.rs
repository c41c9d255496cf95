//! Types as source code.

use super::model::{Body, Field, Shape, Skip, Tagging, Type, Variant};

/// Returns the declaration of the type and its impl of `Sample`.
pub(crate) fn declaration(ty: &Type, types: &[Type]) -> String {
    let (parameters, bounded, arguments) =
        if ty.parameter.is_some() { ("<T>", "<T: Sample>", "<T>") } else { ("", "", "") };
    let name = &ty.name;
    let context = Context { types, itself: format!("{name}{arguments}") };
    let mut options = Vec::new();
    options.extend(ty.rename_all.map(|case| format!("rename_all = \"{case}\"")));
    options.extend(ty.deny_unknown_fields.then(|| "deny_unknown_fields".to_owned()));
    options.extend(ty.default.then(|| "default".to_owned()));
    options.extend(ty.transparent.then(|| "transparent".to_owned()));
    if let Body::Enum(tagging, _) = &ty.body {
        options.extend(match tagging {
            Tagging::External => None,
            Tagging::Internal => Some("tag = \"kind\"".to_owned()),
            Tagging::Adjacent => Some("tag = \"t\", content = \"c\"".to_owned()),
            Tagging::Untagged => Some("untagged".to_owned()),
        });
    }
    let attributes = documented(ty.documented) + "#[payload]\n" + if ty.default { "#[derive(Default)]\n" } else { "" };
    let attributes = attributes + &serde(&options);
    let (item, sample) = match &ty.body {
        Body::Enum(_, variants) => {
            let declared: String = variants.iter().map(|variant| context.variant(variant)).collect();
            let made = variants.iter().enumerate().map(|(index, variant)| {
                let body = made(&variant.body);
                format!("{index} => Self::{}{body},\n", variant.name)
            });
            let made: String = made.collect();
            let count = variants.len();
            (
                format!("pub enum {name}{parameters} {{\n{declared}}}\n"),
                format!("match samples.below({count}) {{ {made} _ => unreachable!() }}"),
            )
        }
        body => {
            let end = if matches!(body, Body::Struct(_)) { "" } else { ";" };
            let declared = context.body(body, "pub ");
            (format!("pub struct {name}{parameters}{declared}{end}\n"), format!("Self{}", made(body)))
        }
    };
    format!(
        "{attributes}{item}impl{bounded} Sample for {name}{arguments} {{\n    \
         fn sample(samples: &mut Samples) -> Self {{ samples.within(|samples| {{ let _ = &samples; {sample} }}) }}\n}}\n\n"
    )
}

pub(crate) fn uses_parameter(ty: &Type) -> bool {
    let fields = |fields: &[Field]| fields.iter().any(|field| has_parameter(&field.shape));
    let body = |body: &Body| match body {
        Body::Unit | Body::Enum(..) => false,
        Body::Tuple(shapes) => shapes.iter().any(has_parameter),
        Body::Struct(all) => fields(all),
    };
    match &ty.body {
        Body::Enum(_, variants) => variants.iter().any(|variant| body(&variant.body)),
        other => body(other),
    }
}

fn has_parameter(shape: &Shape) -> bool {
    match shape {
        Shape::Parameter => true,
        Shape::Option(inner) | Shape::List(inner) | Shape::Set(inner) | Shape::Boxed(inner) => has_parameter(inner),
        Shape::Array(inner, _) | Shape::Map(_, inner) | Shape::Named(_, Some(inner)) => has_parameter(inner),
        Shape::Tuple(items) => items.iter().any(has_parameter),
        _ => false,
    }
}

fn documented(documented: bool) -> String {
    if documented { "/// It is documented.\n".to_owned() } else { String::new() }
}

fn serde(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!("#[serde({})]\n", options.join(", ")) }
}

/// Returns an expression for the fields of a value, each with a sample.
fn made(body: &Body) -> String {
    match body {
        Body::Unit | Body::Enum(..) => String::new(),
        Body::Tuple(fields) => format!("({})", vec!["samples.any()"; fields.len()].join(", ")),
        Body::Struct(fields) => {
            let fields: Vec<String> = fields.iter().map(|field| format!("{}: samples.any()", field.name)).collect();
            format!(" {{ {} }}", fields.join(", "))
        }
    }
}

struct Context<'a> {
    types: &'a [Type],
    itself: String,
}

impl Context<'_> {
    fn variant(&self, variant: &Variant) -> String {
        let mut options = Vec::new();
        options.extend(variant.rename.as_ref().map(|name| format!("rename = {name:?}")));
        options.extend(variant.alias.as_ref().map(|name| format!("alias = {name:?}")));
        options.extend(variant.other.then(|| "other".to_owned()));
        let body = self.body(&variant.body, "");
        format!("{}{}{}{body},\n", documented(variant.documented), serde(&options), variant.name)
    }

    fn body(&self, body: &Body, visibility: &str) -> String {
        match body {
            Body::Unit | Body::Enum(..) => String::new(),
            Body::Tuple(shapes) => {
                let fields: Vec<String> =
                    shapes.iter().map(|shape| format!("{visibility}{}", self.shape(shape))).collect();
                format!("({})", fields.join(", "))
            }
            Body::Struct(fields) => {
                let fields: String = fields.iter().map(|field| self.field(field, visibility)).collect();
                format!(" {{\n{fields}}}")
            }
        }
    }

    fn field(&self, field: &Field, visibility: &str) -> String {
        let mut options = Vec::new();
        options.extend(field.rename.as_ref().map(|name| format!("rename = {name:?}")));
        options.extend(field.alias.as_ref().map(|name| format!("alias = {name:?}")));
        options.extend(field.default.then(|| "default".to_owned()));
        options.extend(field.flatten.then(|| "flatten".to_owned()));
        let skip = match (field.skip, &field.shape) {
            (Skip::IfEmpty, Shape::Option(_)) => "skip_serializing_if = \"Option::is_none\"",
            (Skip::IfEmpty, _) => "skip_serializing_if = \"Vec::is_empty\"",
            (Skip::Serializing, _) => "skip_serializing",
            (Skip::Deserializing, _) => "skip_deserializing",
            (Skip::Always, _) => "skip",
            (Skip::Never, _) => "",
        };
        options.extend((!skip.is_empty()).then(|| skip.to_owned()));
        let (attributes, shape) = (documented(field.documented) + &serde(&options), self.shape(&field.shape));
        format!("{attributes}{visibility}{}: {shape},\n", field.name)
    }

    fn shape(&self, shape: &Shape) -> String {
        match shape {
            Shape::Bool => "bool".to_owned(),
            Shape::Integer(name) | Shape::Float(name) => (*name).to_owned(),
            Shape::Text => "String".to_owned(),
            Shape::Char => "char".to_owned(),
            Shape::Unit => "()".to_owned(),
            Shape::Option(inner) => format!("Option<{}>", self.shape(inner)),
            Shape::List(inner) => format!("Vec<{}>", self.shape(inner)),
            Shape::Set(inner) => format!("BTreeSet<{}>", self.shape(inner)),
            Shape::Boxed(inner) => format!("Box<{}>", self.shape(inner)),
            Shape::Array(inner, count) => format!("[{}; {count}]", self.shape(inner)),
            Shape::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.shape(item)).collect();
                format!("({})", items.join(", "))
            }
            Shape::Map(key, inner) => format!("BTreeMap<{key}, {}>", self.shape(inner)),
            Shape::Named(index, argument) => {
                let name = self.types.get(*index).map_or_else(|| format!("T{index}"), |ty| ty.name.clone());
                match argument {
                    Some(argument) => format!("{name}<{}>", self.shape(argument)),
                    None => name,
                }
            }
            Shape::Itself => self.itself.clone(),
            Shape::Parameter => "T".to_owned(),
        }
    }
}
