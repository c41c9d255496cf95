//! Random values of types.

use crate::random::Random;
use std::array;
use std::collections::{BTreeMap, BTreeSet};

/// The maximum depth of nested values.
const DEPTH: usize = 4;

/// The source of random values.
#[derive(Clone, Debug)]
pub struct Samples {
    random: Random,
    depth: usize,
}

/// A type with random values.
pub trait Sample: Sized {
    /// Returns a random value.
    fn sample(samples: &mut Samples) -> Self;
}

impl Samples {
    /// Creates the source of a seed.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), depth: 0 }
    }

    /// Returns a random value.
    pub fn any<T: Sample>(&mut self) -> T {
        T::sample(self)
    }

    /// Returns a number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.random.below(limit)
    }

    /// Makes a value that contains others.
    pub fn within<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let value = make(self);
        self.depth -= 1;
        value
    }

    /// Returns the number of values in a collection.
    fn count(&mut self) -> usize {
        if self.depth > DEPTH { 0 } else { self.below(3) }
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl Sample for $integer {
            fn sample(samples: &mut Samples) -> Self {
                match samples.below(5) {
                    0 => <$integer>::MIN,
                    1 => <$integer>::MAX,
                    2 => 0,
                    _ => samples.random.next() as $integer,
                }
            }
        })*
    };
}
integers!(u8, u16, u32, u64, i8, i16, i32, i64);

impl Sample for f64 {
    fn sample(samples: &mut Samples) -> Self {
        [0.0, -1.5, 0.1, 3.0, 1e300][samples.below(5)]
    }
}

impl Sample for f32 {
    fn sample(samples: &mut Samples) -> Self {
        [0.0, -1.5, 0.1, 3.0, f32::MAX][samples.below(5)]
    }
}

impl Sample for bool {
    fn sample(samples: &mut Samples) -> Self {
        samples.below(2) == 0
    }
}

impl Sample for char {
    fn sample(samples: &mut Samples) -> Self {
        ['a', 'ß', '7', '🦀'][samples.below(4)]
    }
}

impl Sample for String {
    fn sample(samples: &mut Samples) -> Self {
        ["", "a", "7", "some text", "größe", "null"][samples.below(6)].to_owned()
    }
}

impl Sample for () {
    fn sample(_: &mut Samples) -> Self {}
}

impl<T: Sample> Sample for Option<T> {
    fn sample(samples: &mut Samples) -> Self {
        (samples.depth <= DEPTH && samples.below(2) == 0).then(|| samples.any())
    }
}

impl<T: Sample> Sample for Box<T> {
    fn sample(samples: &mut Samples) -> Self {
        Self::new(samples.any())
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(samples: &mut Samples) -> Self {
        (0..samples.count()).map(|_| samples.any()).collect()
    }
}

impl<T: Sample + Ord> Sample for BTreeSet<T> {
    fn sample(samples: &mut Samples) -> Self {
        (0..samples.count()).map(|_| samples.any()).collect()
    }
}

impl<K: Sample + Ord, V: Sample> Sample for BTreeMap<K, V> {
    fn sample(samples: &mut Samples) -> Self {
        (0..samples.count()).map(|_| (samples.any(), samples.any())).collect()
    }
}

impl<T: Sample, const N: usize> Sample for [T; N] {
    fn sample(samples: &mut Samples) -> Self {
        array::from_fn(|_| samples.any())
    }
}

impl<A: Sample, B: Sample> Sample for (A, B) {
    fn sample(samples: &mut Samples) -> Self {
        (samples.any(), samples.any())
    }
}
