//! Programs that compile without a warning. If one of them does not compile, the build of the test fails.
#![allow(dead_code, unreachable_pub, reason = "what matters of most of it is that it compiles")]

mod acks;
mod any_events;
mod borrowed_events;
mod cfg_attr;
mod cfg_on_fields;
mod cfg_on_handlers;
mod example;
mod extractors_of_ones_own;
mod forbidden_lints;
mod generic_namespace;
mod guards;
mod listeners;
mod made_by_macro_rules;
mod map_keys;
mod middleware;
mod namespace_by_hand;
mod patterns;
mod plain_functions;
mod raw_json;
mod result_behind_an_alias;
mod rooms;
mod schema;
mod serde_above;
mod serde_by_hand;
mod several_contracts;
mod shadowed_names;
mod shapes_of_events;
