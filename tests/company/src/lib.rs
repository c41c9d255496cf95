//! A crate that re-exports switchboard. Programs that depend only on this crate use `crate = "company::switchboard"`.

pub use switchboard;
