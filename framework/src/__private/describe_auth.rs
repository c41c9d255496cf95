//! Schemas of the client's `auth`, as guards and `#[on_connect]` read it.

use super::{
    Guard, GuardCall, Namespace,
    schema::{Direction, JsonSchema, NamespaceSchema, Schemas},
};
use crate::{__private::Unknown, Auth};
use std::marker::PhantomData;

/// A parameter of type `T`, which may be an `Auth`. Called as `(&&&AuthProbe::<T>::NEW).read_auth(..)`: method lookup
/// selects the first of these impls that applies to `T`.
pub struct AuthProbe<T>(PhantomData<T>);

impl<T> AuthProbe<T> {
    pub const NEW: Self = Self(PhantomData);
}

pub trait ReadKnownAuth {
    fn read_auth(&self, schemas: &mut Schemas, namespace: &mut NamespaceSchema);
}

impl<T: JsonSchema> ReadKnownAuth for &&AuthProbe<Auth<T>> {
    fn read_auth(&self, schemas: &mut Schemas, namespace: &mut NamespaceSchema) {
        namespace.reads_auth(schemas.describe::<T>(Direction::Incoming));
    }
}

pub trait ReadUnknownAuth {
    fn read_auth(&self, schemas: &mut Schemas, namespace: &mut NamespaceSchema);
}

impl<T> ReadUnknownAuth for &AuthProbe<Auth<T>> {
    fn read_auth(&self, schemas: &mut Schemas, namespace: &mut NamespaceSchema) {
        namespace.reads_auth(schemas.describe::<Unknown<T>>(Direction::Incoming));
    }
}

pub trait ReadNoAuth {
    fn read_auth(&self, _: &mut Schemas, _: &mut NamespaceSchema) {}
}

impl<T> ReadNoAuth for AuthProbe<T> {}

impl<N: Namespace, M: Positions, G: Guard<N, M>> GuardCall<'_, N, M, G> {
    /// Returns probes for the guard's parameters. Only the guard's impl knows their types.
    pub fn parameters(&self) -> Probes<M> {
        (AuthProbe::NEW, AuthProbe::NEW, AuthProbe::NEW, AuthProbe::NEW, AuthProbe::NEW, AuthProbe::NEW, AuthProbe::NEW)
    }
}

/// A probe for each parameter that a guard can have, including the borrowed socket.
pub type Probes<M> = (
    AuthProbe<<M as Positions>::A>,
    AuthProbe<<M as Positions>::B>,
    AuthProbe<<M as Positions>::C>,
    AuthProbe<<M as Positions>::D>,
    AuthProbe<<M as Positions>::E>,
    AuthProbe<<M as Positions>::F>,
    AuthProbe<<M as Positions>::G>,
);

/// The types of a tuple by position; `()` beyond its end.
pub trait Positions {
    type A;
    type B;
    type C;
    type D;
    type E;
    type F;
    type G;
}

macro_rules! positions {
    ($( [$($given:ident)*] [$($missing:ident)*] )*) => { $(
        impl<$($given,)*> Positions for ($($given,)*) {
            $( type $given = $given; )*
            $( type $missing = (); )*
        }
    )* }
}

positions! {
    [] [A B C D E F G]
    [A] [B C D E F G]
    [A B] [C D E F G]
    [A B C] [D E F G]
    [A B C D] [E F G]
    [A B C D E] [F G]
    [A B C D E F] [G]
    [A B C D E F G] []
}
