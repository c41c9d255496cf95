//! A single change of a type, as a developer would make it.

use super::model::{Body, Field, Shape, Skip, Tagging, Type, Variant};
use super::random::Random;
use super::{render, types::INTEGERS};

/// Returns a description of the change, and the changed type.
pub(crate) fn changed(base: &Type, earlier: &[Type], random: &mut Random) -> (String, Type) {
    loop {
        let mut ty = base.clone();
        if let Some(change) = (Change { earlier, random }).change(&mut ty)
            && is_valid(&ty, earlier)
        {
            ty.source = render::declaration(&ty, earlier);
            return (change, ty);
        }
    }
}

/// Returns `false` if rustc or serde's derive would reject the type.
fn is_valid(ty: &Type, earlier: &[Type]) -> bool {
    let fields = |fields: &[Field]| {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let aliases: Vec<&str> = fields.iter().filter_map(|field| field.alias.as_deref()).collect();
        let is_new = |index: usize| !names[..index].contains(&names[index]) && !aliases.contains(&names[index]);
        (0..names.len()).all(is_new)
    };
    let body = match &ty.body {
        Body::Unit => !ty.transparent,
        Body::Tuple(shapes) => !shapes.is_empty() && (!ty.transparent || shapes.len() == 1),
        Body::Struct(all) => {
            let closed = ty.deny_unknown_fields && all.iter().any(|field| field.flatten);
            fields(all) && !closed && (!ty.default || all.iter().all(|field| field.shape.has_default()))
        }
        Body::Enum(tagging, variants) => {
            let is_mergeable = |shape: &Shape| {
                let Shape::Named(index, None) = shape else { return false };
                earlier.get(*index).is_some_and(|ty| ty.is_open_struct() && !ty.has_flattened() && !ty.integer_keys)
            };
            let variant = |variant: &Variant| match (&variant.body, tagging) {
                (Body::Tuple(shapes), Tagging::Internal) => matches!(&shapes[..], [shape] if is_mergeable(shape)),
                (Body::Struct(all), _) => fields(all),
                _ => true,
            };
            let special = |variant: &Variant| variant.other || variant.alias.is_some();
            let buffered = matches!(tagging, Tagging::Untagged) && variants.iter().any(special);
            variants.iter().all(variant) && !buffered && !(ty.deny_unknown_fields && *tagging == Tagging::Untagged)
        }
    };
    body && (ty.parameter.is_none() || render::uses_parameter(ty))
}

struct Change<'a> {
    earlier: &'a [Type],
    random: &'a mut Random,
}

impl Change<'_> {
    /// Tries one change. Returns `None` if it does not apply to the type.
    fn change(&mut self, ty: &mut Type) -> Option<String> {
        let has_cases = ty.rename_all.is_some();
        let of_type = match &mut ty.body {
            Body::Unit => {
                ty.body = Body::Tuple(vec![Shape::Bool]);
                return Some("unit to newtype".to_owned());
            }
            Body::Tuple(shapes) => {
                if self.random.percent(20) {
                    ty.transparent = !ty.transparent;
                    return Some("transparent".to_owned());
                }
                return self.tuple(shapes);
            }
            Body::Struct(fields) => {
                if self.random.percent(75) {
                    return self.fields(fields, has_cases);
                }
                self.random.below(4)
            }
            Body::Enum(tagging, variants) => {
                if self.random.percent(80) {
                    return self.variants(*tagging, variants, has_cases);
                }
                if self.random.percent(60) {
                    let others = [Tagging::External, Tagging::Internal, Tagging::Adjacent, Tagging::Untagged];
                    let other = self.random.pick(&others);
                    let change = format!("{tagging:?} to {other:?}");
                    let is_other = std::mem::replace(tagging, other) != other;
                    return is_other.then_some(change);
                }
                [0, 1, 3][self.random.below(3)]
            }
        };
        Some(match of_type {
            0 => {
                ty.deny_unknown_fields = !ty.deny_unknown_fields;
                format!("deny_unknown_fields: {}", ty.deny_unknown_fields)
            }
            1 => {
                let before = ty.rename_all.take();
                if before.is_none() {
                    ty.rename_all = Some("SCREAMING-KEBAB-CASE");
                }
                format!("rename_all: {before:?} to {:?}", ty.rename_all)
            }
            2 => {
                ty.default = !ty.default;
                format!("default: {}", ty.default)
            }
            _ => {
                ty.documented = !ty.documented;
                format!("documented: {}", ty.documented)
            }
        })
    }

    fn tuple(&mut self, shapes: &mut Vec<Shape>) -> Option<String> {
        let index = self.random.below(shapes.len());
        match self.random.below(4) {
            0 => {
                shapes.push(Shape::Integer("u8"));
                Some("one value more".to_owned())
            }
            1 => {
                shapes.pop();
                Some("one value less".to_owned())
            }
            _ => self.shape(&mut shapes[index]),
        }
    }

    fn fields(&mut self, fields: &mut Vec<Field>, has_cases: bool) -> Option<String> {
        let index = self.random.below(fields.len());
        let number = Shape::Integer("u8");
        let field = fields.get_mut(index)?;
        let (name, is_plain) = (field.name.clone(), field.is_plain());
        match self.random.below(16) {
            0 => fields.insert(index, Field::new("added".to_owned(), number)),
            1 => fields.insert(index, Field::new("added".to_owned(), Shape::Option(number.boxed()))),
            2 => {
                fields.insert(index, Field { default: true, ..Field::new("added".to_owned(), number) });
                return Some("add a field with a default".to_owned());
            }
            3 => {
                fields.remove(index);
                return Some(format!("remove {name}"));
            }
            4 if is_plain => {
                (field.rename, field.alias) = (None, None);
                field.name = "renamed".to_owned();
                return Some(format!("rename {name}"));
            }
            5 | 6 if is_plain && !has_cases => {
                field.alias = Some(field.rename.take().unwrap_or(name.clone()));
                field.name = "renamed".to_owned();
                return Some(format!("rename {name}, with an alias"));
            }
            7 if is_plain => {
                let is_new = field.alias.is_none();
                field.alias = is_new.then(|| "nick".to_owned());
                return Some(format!("alias of {name}: {is_new}"));
            }
            // Without the `Option`, a type in a box contains itself without an end.
            8 if is_plain && !matches!(&field.shape, Shape::Option(inner) if matches!(**inner, Shape::Boxed(_))) => {
                field.shape = match field.shape.clone() {
                    Shape::Option(inner) => *inner,
                    other => Shape::Option(other.boxed()),
                };
                return Some(format!("Option of {name}"));
            }
            9 if field.shape.has_default() && !field.flatten => {
                field.default = !field.default;
                return Some(format!("default of {name}: {}", field.default));
            }
            10 if !field.flatten => {
                let may_be_empty = matches!(field.shape, Shape::Option(_) | Shape::List(_));
                let (before, has_default) = (field.skip, field.shape.has_default());
                field.skip = match self.random.below(5) {
                    0 | 1 if may_be_empty => Skip::IfEmpty,
                    2 => Skip::Serializing,
                    3 if has_default => Skip::Deserializing,
                    4 if has_default => Skip::Always,
                    _ => Skip::Never,
                };
                let change = format!("skip of {name}: {before:?} to {:?}", field.skip);
                return (before != field.skip).then_some(change);
            }
            11 | 12 => {
                let Shape::Named(named, None) = field.shape else { return None };
                let is_open = |ty: &Type| ty.is_open_struct() && !ty.integer_keys;
                if !self.earlier.get(named).is_some_and(is_open) || !(is_plain || field.flatten) {
                    return None;
                }
                (field.rename, field.alias, field.default) = (None, None, false);
                field.flatten = !field.flatten;
                return Some(format!("flatten of {name}: {}", field.flatten));
            }
            13 | 14 if !field.flatten => {
                let change = self.shape(&mut field.shape)?;
                field.default &= field.shape.has_default();
                let may_be_empty = matches!(field.shape, Shape::Option(_) | Shape::List(_));
                let has_default = field.shape.has_default();
                if field.skip == Skip::IfEmpty && !may_be_empty
                    || matches!(field.skip, Skip::Deserializing | Skip::Always) && !has_default
                {
                    field.skip = Skip::Never;
                }
                return Some(format!("{name}: {change}"));
            }
            15 => {
                fields.rotate_left(1);
                return Some("another order of fields".to_owned());
            }
            _ => return None,
        }
        Some(format!("add a field of the type {:?}", fields[index].shape))
    }

    fn variants(&mut self, tagging: Tagging, variants: &mut Vec<Variant>, has_cases: bool) -> Option<String> {
        let count = variants.len();
        let index = self.random.below(count);
        let variant = variants.get_mut(index)?;
        let (name, is_other) = (variant.name.clone(), variant.other);
        match self.random.below(11) {
            0 | 1 => {
                let body = match self.random.below(3) {
                    0 => Body::Unit,
                    1 => Body::Tuple(vec![Shape::Bool]),
                    _ => Body::Struct(vec![Field::new("added".to_owned(), Shape::Text)]),
                };
                let change = format!("add a variant with {body:?}");
                variants.insert(0, unnamed(body));
                return Some(change);
            }
            2 | 3 if count > 1 => {
                variants.remove(index);
                return Some(format!("remove {name}"));
            }
            4 if !is_other => {
                (variant.rename, variant.alias) = (Some("Renamed".to_owned()), None);
                return Some(format!("rename {name}"));
            }
            5 if !is_other && !has_cases => {
                variant.alias = Some(variant.rename.take().unwrap_or(name.clone()));
                variant.rename = Some("Renamed".to_owned());
                return Some(format!("rename {name}, with an alias"));
            }
            6 if !is_other => {
                let is_new = variant.alias.is_none();
                variant.alias = is_new.then(|| "Nick".to_owned());
                return Some(format!("alias of {name}: {is_new}"));
            }
            7 => {
                if variants.iter().any(|variant| variant.other) {
                    variants.pop();
                    return (!variants.is_empty()).then(|| "without other".to_owned());
                }
                variants.push(Variant { other: true, ..unnamed(Body::Unit) });
                return Some("with other".to_owned());
            }
            _ if is_other => return None,
            _ => {}
        }
        let change = match &mut variant.body {
            Body::Unit if tagging == Tagging::Internal => {
                variant.body = Body::Struct(vec![Field::new("added".to_owned(), Shape::Bool)]);
                Some("unit to struct".to_owned())
            }
            Body::Unit => {
                variant.body = Body::Tuple(vec![Shape::Bool]);
                Some("unit to newtype".to_owned())
            }
            Body::Tuple(_) if self.random.percent(30) => {
                variant.body = Body::Unit;
                Some("to unit".to_owned())
            }
            Body::Tuple(shapes) => self.tuple(shapes),
            Body::Struct(fields) => self.fields(fields, false),
            Body::Enum(..) => None,
        };
        change.map(|change| format!("{name}: {change}"))
    }

    fn shape(&mut self, shape: &mut Shape) -> Option<String> {
        let before = shape.clone();
        *shape = match &before {
            Shape::Integer(_) if self.random.percent(80) => Shape::Integer(self.random.pick(INTEGERS)),
            Shape::Integer(_) => Shape::Float("f64"),
            Shape::Float(_) => Shape::Integer("i32"),
            Shape::Text => {
                [Shape::Char, Shape::Integer("u8"), Shape::List(Shape::Text.boxed())][self.random.below(3)].clone()
            }
            Shape::Char => Shape::Text,
            Shape::Bool => Shape::Option(Shape::Bool.boxed()),
            Shape::Unit => Shape::Bool,
            Shape::Array(item, count) => Shape::Array(item.clone(), count + 1),
            Shape::Set(item) => Shape::List(item.clone()),
            Shape::List(item) => Shape::Array(item.clone(), 2),
            Shape::Tuple(items) => Shape::Tuple(items.iter().rev().cloned().collect()),
            Shape::Map(key, item) => Shape::Map(key, Shape::Option(item.clone()).boxed()),
            Shape::Boxed(item) => (**item).clone(),
            Shape::Option(item) => Shape::List(item.clone()),
            Shape::Named(..) | Shape::Itself | Shape::Parameter => Shape::Option(before.clone().boxed()),
        };
        // An array of the type itself would be infinite.
        let is_endless = matches!(&*shape, Shape::Array(item, _) if **item == Shape::Itself);
        (before != *shape && !is_endless).then(|| format!("{before:?} to {shape:?}"))
    }
}

fn unnamed(body: Body) -> Variant {
    Variant { name: "Added".to_owned(), rename: None, alias: None, other: false, documented: false, body }
}
