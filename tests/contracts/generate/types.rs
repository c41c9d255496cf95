//! Random types, in each form that serde's derive supports.

use super::model::{Body, Field, Shape, Skip, Tagging, Type, Variant};
use super::random::Random;
use super::render;

pub(crate) const INTEGERS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];
const CASES: [&str; 5] = ["camelCase", "PascalCase", "SCREAMING_SNAKE_CASE", "kebab-case", "lowercase"];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// Returns types that refer to earlier ones, to themselves, and sometimes to the next one.
pub(crate) fn types(random: &mut Random, count: usize) -> Vec<Type> {
    let mut types: Vec<Type> = Vec::new();
    let mut is_awaited = false;
    for index in 0..count {
        let is_last = index + 1 == count;
        let mut maker = Maker { random, types: &types, index, is_awaited, parameter: false, awaits_next: is_last };
        let mut ty = maker.make();
        is_awaited = maker.awaits_next;
        ty.source = render::declaration(&ty, &types);
        types.push(ty);
    }
    types
}

struct Maker<'a> {
    random: &'a mut Random,
    types: &'a [Type],
    index: usize,
    /// Set if the previous type refers to this one.
    is_awaited: bool,
    parameter: bool,
    /// Set if this type refers to the next one, or is the last one.
    awaits_next: bool,
}

impl Maker<'_> {
    fn make(&mut self) -> Type {
        self.parameter = !self.is_awaited && self.random.percent(12);
        let parameter = self.parameter.then(|| match self.random.below(3) {
            0 => Shape::Text,
            1 => Shape::Integer("u8"),
            _ => Shape::Float("f64"),
        });
        let kind = self.random.below(20);
        let mut ty = Type {
            name: format!("T{}", self.index),
            parameter,
            body: match kind {
                0 if !self.parameter => Body::Unit,
                0..=2 => self.tuple(1),
                3..=4 => {
                    let count = 2 + self.random.below(2);
                    self.tuple(count)
                }
                5..=11 => self.object(true),
                _ => self.choice(),
            },
            rename_all: None,
            deny_unknown_fields: false,
            default: false,
            transparent: false,
            documented: self.random.percent(20),
            integer_keys: false,
            source: String::new(),
        };
        if let Body::Struct(fields) = &mut ty.body {
            let is_flat = fields.iter().any(|field| field.flatten);
            if !is_flat && !self.is_awaited && self.random.percent(15) {
                let keys = ["u8", "i16"][self.random.below(2)];
                fields.push(Field::new(self.name("keyed"), Shape::Map(keys, self.simple().boxed())));
                ty.integer_keys = true;
            }
        }
        self.attributes(&mut ty);
        ty
    }

    fn attributes(&mut self, ty: &mut Type) {
        match &mut ty.body {
            Body::Unit => {}
            Body::Tuple(fields) => ty.transparent = fields.len() == 1 && self.random.percent(30),
            Body::Struct(fields) => {
                ty.rename_all = self.random.percent(25).then(|| self.random.pick(&CASES));
                ty.deny_unknown_fields = self.random.percent(15) && !fields.iter().any(|field| field.flatten);
                ty.default = self.random.percent(15) && fields.iter().all(|field| field.shape.has_default());
            }
            Body::Enum(tagging, _) => {
                ty.rename_all = self.random.percent(25).then(|| self.random.pick(&CASES));
                ty.deny_unknown_fields = self.random.percent(10) && *tagging != Tagging::Untagged;
            }
        }
        if ty.parameter.is_some() && !render::uses_parameter(ty) {
            match &mut ty.body {
                Body::Tuple(fields) => fields[0] = Shape::Parameter,
                Body::Struct(fields) => fields.push(Field::new("parameter".to_owned(), Shape::Parameter)),
                Body::Enum(_, variants) => {
                    variants[0].body = Body::Struct(vec![Field::new("parameter".to_owned(), Shape::Parameter)]);
                }
                Body::Unit => {}
            }
            ty.default = false;
        }
    }

    fn tuple(&mut self, count: usize) -> Body {
        Body::Tuple((0..count).map(|_| self.shape(2)).collect())
    }

    fn object(&mut self, may_flatten: bool) -> Body {
        let count = 1 + self.random.below(4);
        let mut fields: Vec<Field> = (0..count).map(|index| self.field(index)).collect();
        if may_flatten && self.random.percent(25) {
            fields.extend(self.flattened());
        }
        if self.random.percent(20) {
            fields.push(Field::new(self.name("again"), Shape::Option(Shape::Boxed(Shape::Itself.boxed()).boxed())));
        }
        if self.random.percent(6) && !self.awaits_next && may_flatten {
            self.awaits_next = true;
            let next = Shape::Named(self.index + 1, None);
            fields.push(Field::new(self.name("next"), Shape::List(next.boxed())));
        }
        Body::Struct(fields)
    }

    fn name(&self, word: &str) -> String {
        format!("{word}_{}", self.index)
    }

    fn field(&mut self, index: usize) -> Field {
        let mut field = Field::new(self.name(ORDINALS[index]), self.shape(3));
        field.documented = self.random.percent(20);
        match self.random.below(30) {
            0 => field.rename = Some(format!("{} is odd", field.name)),
            1 => field.rename = Some(format!("größe-{}", field.name)),
            2 | 3 => field.alias = Some(format!("old_{}", field.name)),
            _ => {}
        }
        let has_default = field.shape.has_default();
        field.default = has_default && self.random.percent(15);
        let may_be_empty = matches!(field.shape, Shape::Option(_) | Shape::List(_));
        field.skip = match self.random.below(25) {
            0..=4 if may_be_empty => Skip::IfEmpty,
            5 => Skip::Serializing,
            6 if has_default => Skip::Deserializing,
            7 if has_default => Skip::Always,
            _ => Skip::Never,
        };
        field
    }

    /// Returns a field whose own fields become the struct's, or a map of all other fields.
    fn flattened(&mut self) -> Option<Field> {
        let shape = if self.random.percent(25) {
            Shape::Map("String", self.simple().boxed())
        } else {
            let fits = |ty: &Type| {
                let is_open = match &ty.body {
                    Body::Enum(tagging, _) => *tagging != Tagging::Untagged && !ty.deny_unknown_fields,
                    _ => ty.is_open_struct(),
                };
                is_open && ty.parameter.is_none() && !ty.integer_keys
            };
            Shape::Named(self.earlier(fits)?, None)
        };
        let mut field = Field::new(self.name("flat"), shape);
        field.flatten = true;
        Some(field)
    }

    fn choice(&mut self) -> Body {
        let tagging = match self.random.below(8) {
            0..=2 => Tagging::External,
            3 | 4 => Tagging::Internal,
            5 | 6 => Tagging::Adjacent,
            _ => Tagging::Untagged,
        };
        let count = 1 + self.random.below(4);
        let mut variants: Vec<Variant> = (0..count).map(|index| self.variant(tagging, index)).collect();
        if tagging != Tagging::Untagged && self.random.percent(12) {
            let mut other = variant(format!("Other{}", self.index), Body::Unit);
            other.other = true;
            variants.push(other);
        }
        Body::Enum(tagging, variants)
    }

    fn variant(&mut self, tagging: Tagging, index: usize) -> Variant {
        let body = match (self.random.below(5), tagging) {
            (0 | 1, _) => Body::Unit,
            (2, Tagging::Internal) => {
                match self.earlier(|ty| ty.is_open_struct() && !ty.has_flattened() && !ty.integer_keys) {
                    Some(named) => Body::Tuple(vec![Shape::Named(named, None)]),
                    None => Body::Unit,
                }
            }
            (2, _) => self.tuple(1),
            (3, Tagging::External | Tagging::Adjacent | Tagging::Untagged) => self.tuple(2),
            _ => match self.object(false) {
                // The fields of different variants have different names, which show the variant that was read.
                Body::Struct(mut fields) => {
                    for field in &mut fields {
                        field.name += ["", "_b", "_c", "_d"][index];
                    }
                    Body::Struct(fields)
                }
                other => other,
            },
        };
        let mut variant = variant(format!("{}{}", ["One", "Two", "Three", "Four"][index], self.index), body);
        variant.documented = self.random.percent(20);
        match self.random.below(12) {
            0 => variant.rename = Some(format!("{} is odd", variant.name)),
            1 if tagging != Tagging::Untagged => variant.alias = Some(format!("Old{}", variant.name)),
            _ => {}
        }
        variant
    }

    /// Returns the index of an earlier type that fits.
    fn earlier(&mut self, fits: impl Fn(&Type) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = (0..self.types.len()).filter(|index| fits(&self.types[*index])).collect();
        (!fitting.is_empty()).then(|| self.random.pick(&fitting))
    }

    /// Returns a type without other types in it.
    fn simple(&mut self) -> Shape {
        match self.random.below(12) {
            0 | 1 => Shape::Bool,
            2..=5 => Shape::Integer(self.random.pick(INTEGERS)),
            6 => Shape::Float(["f32", "f64"][self.random.below(2)]),
            7 => Shape::Char,
            8 => Shape::Unit,
            _ => Shape::Text,
        }
    }

    fn shape(&mut self, depth: usize) -> Shape {
        if depth == 0 {
            return self.simple();
        }
        match self.random.below(24) {
            0..=3 => Shape::Option(self.shape(depth - 1).boxed()),
            4 | 5 => Shape::List(self.shape(depth - 1).boxed()),
            6 => Shape::Set(Shape::Integer(self.random.pick(INTEGERS)).boxed()),
            7 => Shape::Array(self.shape(depth - 1).boxed(), 1 + self.random.below(3)),
            8 => Shape::Tuple(vec![self.shape(depth - 1), self.shape(depth - 1)]),
            9 => Shape::Map("String", self.shape(depth - 1).boxed()),
            10 => Shape::Boxed(self.shape(depth - 1).boxed()),
            11 => Shape::List(Shape::Itself.boxed()),
            12..=15 => self.named(),
            16 if self.parameter => Shape::Parameter,
            _ => self.simple(),
        }
    }

    fn named(&mut self) -> Shape {
        let Some(index) = self.earlier(|ty| !ty.integer_keys) else { return self.simple() };
        let argument = self.types[index].parameter.is_some().then(|| match self.random.below(3) {
            0 if self.parameter => Shape::Parameter.boxed(),
            1 => Shape::List(Shape::Text.boxed()).boxed(),
            _ => self.simple().boxed(),
        });
        Shape::Named(index, argument)
    }
}

fn variant(name: String, body: Body) -> Variant {
    Variant { name, rename: None, alias: None, other: false, documented: false, body }
}
