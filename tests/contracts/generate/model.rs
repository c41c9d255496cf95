//! Types as data: the types that serde's derive accepts, and the ways to change one.

/// A struct or an enum.
#[derive(Clone, Debug)]
pub(crate) struct Type {
    pub(crate) name: String,
    /// The type parameter `T`, as the argument that the type's event has for it.
    pub(crate) parameter: Option<Shape>,
    pub(crate) body: Body,
    pub(crate) rename_all: Option<&'static str>,
    pub(crate) deny_unknown_fields: bool,
    /// `#[serde(default)]` of the whole struct.
    pub(crate) default: bool,
    pub(crate) transparent: bool,
    pub(crate) documented: bool,
    /// Set if a map in the type has integers as keys, which serde cannot read from a buffer: within a flattened field,
    /// an untagged or an internally tagged enum.
    pub(crate) integer_keys: bool,
    /// The type's declaration.
    pub(crate) source: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Unit,
    /// A tuple struct, with one field for a newtype.
    Tuple(Vec<Shape>),
    Struct(Vec<Field>),
    Enum(Tagging, Vec<Variant>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tagging {
    External,
    Internal,
    Adjacent,
    Untagged,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) rename: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) other: bool,
    pub(crate) documented: bool,
    /// Not an enum.
    pub(crate) body: Body,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) rename: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) shape: Shape,
    pub(crate) default: bool,
    pub(crate) skip: Skip,
    pub(crate) flatten: bool,
    pub(crate) documented: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    Never,
    /// `skip_serializing_if` of an empty `Option` or `Vec`.
    IfEmpty,
    Serializing,
    Deserializing,
    Always,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Bool,
    Integer(&'static str),
    Float(&'static str),
    Text,
    Char,
    Unit,
    Option(Box<Shape>),
    List(Box<Shape>),
    Set(Box<Shape>),
    Array(Box<Shape>, usize),
    Tuple(Vec<Shape>),
    Map(&'static str, Box<Shape>),
    Boxed(Box<Shape>),
    /// A type by its index, with the argument for its type parameter.
    Named(usize, Option<Box<Shape>>),
    /// The type that contains the field.
    Itself,
    Parameter,
}

impl Type {
    /// Returns the type with its argument, as its event uses it: `T7<u8>`.
    pub(crate) fn instance(&self) -> String {
        match &self.parameter {
            Some(shape) => format!("{}<{}>", self.name, shape.plain()),
            None => self.name.clone(),
        }
    }

    pub(crate) fn event(&self) -> String {
        self.name.to_lowercase()
    }

    /// Returns `true` for a struct with named fields, which another type can flatten.
    pub(crate) fn is_open_struct(&self) -> bool {
        matches!(self.body, Body::Struct(_))
            && self.parameter.is_none()
            && !self.deny_unknown_fields
            && !self.transparent
    }

    pub(crate) fn has_flattened(&self) -> bool {
        matches!(&self.body, Body::Struct(fields) if fields.iter().any(|field| field.flatten))
    }
}

impl Field {
    pub(crate) fn new(name: String, shape: Shape) -> Self {
        Self {
            name,
            rename: None,
            alias: None,
            shape,
            default: false,
            skip: Skip::Never,
            flatten: false,
            documented: false,
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        !self.flatten && self.skip == Skip::Never
    }
}

impl Shape {
    pub(crate) fn boxed(self) -> Box<Self> {
        Box::new(self)
    }

    /// Returns `true` if the type has a `Default`.
    pub(crate) fn has_default(&self) -> bool {
        match self {
            Self::Named(..) | Self::Itself | Self::Parameter => false,
            Self::Array(item, _) | Self::Boxed(item) => item.has_default(),
            Self::Tuple(items) => items.iter().all(Self::has_default),
            _ => true,
        }
    }

    /// Returns the spelling of a type without names.
    fn plain(&self) -> String {
        match self {
            Self::Integer(name) | Self::Float(name) => (*name).to_owned(),
            Self::Text => "String".to_owned(),
            other => panic!("not the type of a parameter: {other:?}"),
        }
    }
}
