//! The generated types.
#![allow(
    clippy::all,
    clippy::option_option,
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "generated"
)]

use crate::{Case, Mutation, Sample, Samples};
use std::collections::{BTreeMap, BTreeSet};
use switchboard::prelude::*;

include!(concat!(env!("OUT_DIR"), "/types.rs"));
