//! Descriptions of contracts, compared with what serde writes and reads.

mod attributes;
mod binary;
mod events;
mod map_keys;
mod names;
mod never;
mod phantom;
mod read_names;
mod recursion;
mod standard_types;
mod unknown;
mod validity;
