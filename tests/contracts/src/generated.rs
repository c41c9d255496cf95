//! The generated types.
#![allow(dead_code, unreachable_pub, missing_docs, missing_debug_implementations, reason = "generated")]

use crate::{Case, Mutation, Sample, Samples};
use std::collections::{BTreeMap, BTreeSet};
use switchboard::prelude::*;

include!(concat!(env!("OUT_DIR"), "/types.rs"));
