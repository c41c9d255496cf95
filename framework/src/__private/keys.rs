//! Compile-time check that the keys of maps can be written as text.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::num::Wrapping;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A type whose serialized form is known: `#[payload]` implements this trait for types that serde never writes as text.
pub trait Key {
    /// `true` if serde can write a value of the type as a map's key.
    const IS_TEXT: bool;
}

macro_rules! never_text {
    ($([$($parameters:tt)*] $type:ty;)*) => { $(
        impl<$($parameters)*> Key for $type {
            const IS_TEXT: bool = false;
        }
    )* };
}

never_text! {
    [] ();
    [] bytes::Bytes;
    [] Duration;
    [] SystemTime;
    [T] [T];
    [T, const N: usize] [T; N];
    [T] Vec<T>;
    [T] VecDeque<T>;
    [T] LinkedList<T>;
    [T] BTreeSet<T>;
    [K, V] BTreeMap<K, V>;
    [T] PhantomData<T>;
    [T] Range<T>;
    [T] RangeInclusive<T>;
    [T, E] Result<T, E>;
    [A] (A,);
    [A, B] (A, B);
    [A, B, C] (A, B, C);
    [A, B, C, D] (A, B, C, D);
    [A, B, C, D, E] (A, B, C, D, E);
    [A, B, C, D, E, F] (A, B, C, D, E, F);
    [A, B, C, D, E, F, G] (A, B, C, D, E, F, G);
    [A, B, C, D, E, F, G, H] (A, B, C, D, E, F, G, H);
}

macro_rules! as_inner {
    ($($type:ty;)*) => { $(
        impl<T: Key> Key for $type {
            const IS_TEXT: bool = T::IS_TEXT;
        }
    )* };
}

as_inner! {
    &T;
    Arc<T>;
    Box<T>;
    Option<T>;
    Rc<T>;
    Reverse<T>;
    Wrapping<T>;
}

/// The key type of a map. `KeyProbe::<K>::IS_TEXT` is `true` for a type that does not implement [`Key`].
pub struct KeyProbe<K: ?Sized>(PhantomData<K>);

impl<K: Key + ?Sized> KeyProbe<K> {
    pub const IS_TEXT: bool = K::IS_TEXT;
}

/// A type that may be an alias of a map: tells the same as [`KeyProbe`] about its keys.
pub struct MapProbe<T: ?Sized>(PhantomData<T>);

impl<K: Key, V, S> MapProbe<HashMap<K, V, S>> {
    pub const IS_TEXT: bool = K::IS_TEXT;
}

impl<K: Key, V> MapProbe<BTreeMap<K, V>> {
    pub const IS_TEXT: bool = K::IS_TEXT;
}

pub trait NotAKey {
    const IS_TEXT: bool = true;
}

impl<K: ?Sized> NotAKey for KeyProbe<K> {}

impl<T: ?Sized> NotAKey for MapProbe<T> {}
