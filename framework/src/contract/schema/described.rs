//! A type's description as a value, so that the code that describes it is compiled once, and not once for each type.
//!
//! schemars' generator is generic: for a namespace of a hundred handlers, its code alone was a tenth of LLVM's input.

use super::UNKNOWN;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

thread_local! {
    /// The type that [`Current`] stands for.
    static CURRENT: Cell<Described> = const { Cell::new(Described::of::<()>()) };
    /// The ids of the types whose descriptions are being inlined into one definition.
    static OPEN: RefCell<Vec<Cow<'static, str>>> = const { RefCell::new(Vec::new()) };
}

/// The description of a type by its [`JsonSchema`].
#[derive(Clone, Copy)]
pub(crate) struct Described {
    is_inline: fn() -> bool,
    name: fn() -> Cow<'static, str>,
    id: fn() -> Cow<'static, str>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Described {
    pub(crate) const fn of<T: JsonSchema + ?Sized>() -> Self {
        Self { is_inline: T::inline_schema, name: T::schema_name, id: T::schema_id, schema: T::json_schema }
    }

    pub(super) fn is_inline(self) -> bool {
        (self.is_inline)()
    }

    pub(super) fn name(self) -> Cow<'static, str> {
        (self.name)()
    }

    /// Like [`SchemaGenerator::subschema_for`].
    pub(crate) fn subschema(self, generator: &mut SchemaGenerator) -> Schema {
        self.as_current::<Current>(generator)
    }

    /// Like [`SchemaGenerator::subschema_for`] for an `Option` of the type.
    pub(crate) fn optional(self, generator: &mut SchemaGenerator) -> Schema {
        self.as_current::<Option<Current>>(generator)
    }

    fn as_current<T: JsonSchema>(self, generator: &mut SchemaGenerator) -> Schema {
        // The description of one type may describe other types, and call this function again.
        let before = CURRENT.replace(self);
        let schema = generator.subschema_for::<T>();
        CURRENT.set(before);
        schema
    }

    /// Returns the schema of the type itself, even if the type has a name.
    ///
    /// A type that is inlined into itself (`#[serde(flatten)]` of its own `Option<Box<Self>>`) has no finite schema.
    /// The inner type is unknown there.
    pub(crate) fn inline(self, generator: &mut SchemaGenerator) -> Schema {
        let id = (self.id)();
        if OPEN.with_borrow(|open| open.contains(&id)) {
            return json_schema!({ (UNKNOWN): id });
        }
        OPEN.with_borrow_mut(|open| open.push(id));
        let schema = (self.schema)(generator);
        OPEN.with_borrow_mut(Vec::pop);
        schema
    }

    /// Returns the definition of a type, which the generator requests once. An inline type is part of another
    /// definition.
    fn definition(self, generator: &mut SchemaGenerator) -> Schema {
        if self.is_inline() {
            return (self.schema)(generator);
        }
        let outer = OPEN.replace(vec![(self.id)()]);
        let schema = (self.schema)(generator);
        OPEN.set(outer);
        schema
    }
}

/// A placeholder for the type that is being described. schemars distinguishes these types by their ids.
struct Current;

impl JsonSchema for Current {
    fn inline_schema() -> bool {
        (CURRENT.get().is_inline)()
    }

    fn schema_name() -> Cow<'static, str> {
        (CURRENT.get().name)()
    }

    fn schema_id() -> Cow<'static, str> {
        (CURRENT.get().id)()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        CURRENT.get().definition(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::json_schema;

    /// A tree that refers to itself, with a leaf in between.
    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "described only")]
    struct Tree {
        leaf: Leaf,
        branches: Vec<Tree>,
    }

    struct Leaf;

    impl JsonSchema for Leaf {
        fn schema_name() -> Cow<'static, str> {
            "Leaf".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let inner = Described::of::<u8>().subschema(generator);
            json_schema!({ "inner": inner })
        }
    }

    #[test]
    fn says_what_the_generator_says() {
        let (mut generic, mut erased) = (SchemaGenerator::default(), SchemaGenerator::default());
        let expected = (generic.subschema_for::<Tree>(), generic.subschema_for::<Option<Leaf>>());
        let found = (Described::of::<Tree>().subschema(&mut erased), Described::of::<Leaf>().optional(&mut erased));
        assert_eq!(found, expected);
        assert_eq!(erased.definitions(), generic.definitions());
        assert_eq!(erased.definitions().keys().collect::<Vec<_>>(), ["Leaf", "Tree"]);
    }
}
