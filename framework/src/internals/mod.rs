//! What no program sees, for those that throw bytes at it (`fuzz`) and those that take its time (`bench`).
//!
//! It is behind the feature `__internals`, and may change from one day to the next.

pub mod bench;
pub mod fuzz;
