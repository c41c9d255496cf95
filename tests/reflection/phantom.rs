//! Type parameters that only mark a type: they need no schema, and are not part of the name.

use crate::validity::check;
use serde_json::json;
use std::{marker::PhantomData, num::NonZeroU8};
use switchboard::{
    prelude::*,
    schema::{Contract, Direction, Schemas},
};

trait Entity {}

struct User;

impl Entity for User {}

struct Order;

#[payload]
struct Id<T> {
    raw: u64,
    count: NonZeroU8,
    #[serde(skip)]
    of: PhantomData<T>,
}

#[payload]
struct Short<T>(u64, #[serde(skip)] PhantomData<T>);

#[payload]
#[serde(transparent)]
struct Key<T> {
    raw: NonZeroU8,
    of: PhantomData<T>,
}

#[payload]
struct Bounded<T: Entity> {
    count: NonZeroU8,
    of: PhantomData<T>,
}

#[payload]
struct Mixed<T, U>(Option<NonZeroU8>, Option<U>, PhantomData<T>);

fn id<T>() -> Id<T> {
    Id { raw: 1, count: NonZeroU8::MIN, of: PhantomData }
}

#[test]
fn markers_need_no_schema() {
    let count = NonZeroU8::MIN;
    check!(Id<User>, [id()]);
    check!(Short<User>, [Short(1, PhantomData)]);
    check!(Key<User>, [Key { raw: count, of: PhantomData }]);
    check!(Bounded<User>, [Bounded { count, of: PhantomData }]);
    check!(Mixed<User, u8>, [Mixed(Some(count), Some(1), PhantomData)]);
}

struct Shop;

#[namespace("/shop")]
impl Shop {
    #[on("one")]
    fn one(&self, order: Id<Order>, mixed: Mixed<Order, u8>) -> Id<User> {
        let raw = mixed.1.map_or(order.raw, u64::from);
        Id { raw, ..id() }
    }
}

#[test]
fn one_definition_stands_for_all_markers() {
    let mut schemas = Schemas::new();
    let names = [Direction::Incoming, Direction::Outgoing].map(|direction| {
        let (user, order) = (schemas.describe::<Id<User>>(direction), schemas.describe::<Id<Order>>(direction));
        assert_eq!(user, order);
        user.as_value().clone()
    });
    assert_eq!(names, [json!({ "$ref": "#/components/schemas/Id" }), json!({ "$ref": "#/components/schemas/Id" })]);
    let typescript = Contract::of::<Shop>().typescript();
    assert!(typescript.as_str().contains("one: (order: Id, mixed: MixedUint8, ack: (answer: Id | "), "{typescript}");
}
