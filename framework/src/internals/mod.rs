//! Internal parts of the crate, made accessible for the fuzz targets (`fuzz`), the benchmarks (`bench`) and the servers
//! of the protocol suites (`echo`).
//!
//! Requires the feature `__internals`. This module can change in any release.

pub mod bench;
pub mod fuzz;

pub use crate::engine::echo;
