//! The spelling of types. If it shows enough, rustc need not be asked, which would take time.

use quote::ToTokens;
use syn::{GenericArgument, Generics, PathArguments, Type};

/// Returns the type as the user wrote it, without the spaces between tokens.
pub(crate) fn spelled(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

/// Names of types that describe themselves. A payload needs no impls for them. A user's type with one of these names
/// has to implement `JsonSchema`.
const PLAIN: [&str; 18] = [
    "Self", "String", "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
    "u64", "u128", "usize",
];
/// Names of types that describe themselves if their contents do.
const CONTAINERS: [&str; 9] = ["Arc", "BTreeMap", "BTreeSet", "Box", "HashMap", "HashSet", "Option", "Rc", "Vec"];

/// Returns `true` if the spelling shows that the type describes itself. Type parameters do, because schemars' derive
/// bounds them.
pub(crate) fn is_plain(ty: &Type, generics: &Generics) -> bool {
    match ungrouped(ty) {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Reference(reference) => {
            matches!(ungrouped(&reference.elem), Type::Path(path) if path.path.is_ident("str"))
        }
        Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
            let segment = &path.path.segments[0];
            let named = |names: &[&str]| names.iter().any(|name| segment.ident == name);
            match &segment.arguments {
                // It describes itself, with any argument.
                PathArguments::AngleBracketed(_) if segment.ident == "PhantomData" => true,
                PathArguments::None => {
                    named(&PLAIN) || generics.type_params().any(|parameter| parameter.ident == segment.ident)
                }
                PathArguments::AngleBracketed(arguments) => {
                    let plain = |argument: &_| matches!(argument, GenericArgument::Type(ty) if is_plain(ty, generics));
                    named(&CONTAINERS) && arguments.args.iter().all(plain)
                }
                PathArguments::Parenthesized(_) => false,
            }
        }
        _ => false,
    }
}

/// Returns `true` if the spelling shows that the type is one number, boolean or text.
pub(crate) fn is_scalar(ty: &Type) -> bool {
    let is_parameterless = |path: &syn::TypePath| matches!(path.path.segments[0].arguments, PathArguments::None);
    match ungrouped(ty) {
        Type::Path(path) => is_parameterless(path) && is_plain(ty, &Generics::default()),
        Type::Reference(_) => is_plain(ty, &Generics::default()),
        _ => false,
    }
}

/// Returns the type without the group that a `$ty:ty` of a `macro_rules!` adds.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        ty => ty,
    }
}

/// Returns the `T` of an `Option<T>`, by the type's spelling.
pub(crate) fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
        _ => None,
    }
}

/// Returns `true` for the namespace's own socket, `Socket<Self>`, which is neither an argument nor an `Ack`.
pub(crate) fn is_socket(ty: &Type) -> bool {
    let Type::Path(path) = ungrouped(ty) else { return false };
    let Some(segment) = path.path.segments.last().filter(|segment| segment.ident == "Socket") else { return false };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
    matches!(arguments.args.first(), Some(GenericArgument::Type(Type::Path(namespace))) if namespace.path.is_ident("Self"))
}
