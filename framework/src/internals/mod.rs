//! Parts of the crate that are not public: for the fuzz targets (`fuzz`), the benchmarks (`bench`) and the servers of
//! protocol suites (`echo`).
//!
//! It is behind the feature `__internals`, and may change from one day to the next.

pub mod bench;
pub mod fuzz;

pub use crate::engine::echo;
