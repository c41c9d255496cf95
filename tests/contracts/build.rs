//! Writes the generated types: `CONTRACTS_SEED=7 cargo test -p switchboard-contracts` makes others.

#[path = "generate/mod.rs"]
mod generate;

use std::{env, fs, path::Path};

/// The types that are generated unless the environment says otherwise.
const SEED: u64 = 12;

fn main() {
    println!("cargo::rerun-if-changed=generate");
    println!("cargo::rerun-if-env-changed=CONTRACTS_SEED");
    let seed = env::var("CONTRACTS_SEED").map_or(SEED, |seed| seed.parse().expect("CONTRACTS_SEED is a number"));
    let folder = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&folder).join("types.rs"), generate::program(seed)).expect("the types can be written");
}
