//! Generated types, and a server with an event for each type that returns the values it receives.
//!
//! `build.rs` generates the types from a seed.

mod case;
mod description;
mod generated;
mod sample;
mod values;

#[allow(dead_code, unreachable_pub, reason = "the generator uses more of it")]
#[path = "../generate/random.rs"]
mod random;

pub use case::{Case, Mutation};
pub use description::{Description, described};
pub use generated::{Group0, cases, mutations, server};
pub use sample::{Sample, Samples};
pub use values::{Extent, values, values_with_keys};
