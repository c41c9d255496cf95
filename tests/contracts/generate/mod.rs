//! Generates a program of types from a seed: the source of `switchboard-contracts`.

mod model;
mod mutate;
#[allow(unreachable_pub, reason = "the library exports it")]
mod random;
mod render;
mod types;

use model::Type;
use random::Random;
use std::fmt::Write;

/// How many types are generated, besides their changed versions.
const TYPES: usize = 120;
/// How many changed versions of each type are tried. Those that are the same twice are left out.
const MUTANTS: usize = 2;
/// The number of events in one namespace.
const GROUP: usize = 40;

/// Returns the program of a seed, as Rust.
pub(crate) fn program(seed: u64) -> String {
    let mut random = Random::new(seed);
    let types = types::types(&mut random, TYPES);
    let mut mutants = Vec::new();
    for (index, base) in types.iter().enumerate() {
        let mut changes = Vec::new();
        for number in 0..MUTANTS {
            let (change, mut changed) = mutate::changed(base, &types[..index], &mut random);
            if !changes.contains(&change) {
                changed.name = format!("{}Changed{number}", base.name);
                changes.push(change.clone());
                mutants.push((index, change, changed));
            }
        }
    }
    let all: Vec<&Type> = types.iter().chain(mutants.iter().map(|(.., changed)| changed)).collect();
    let mut source = String::new();
    for ty in &all {
        source += &render::declaration(ty, &types);
    }
    for (group, types) in all.chunks(GROUP).enumerate() {
        source += &namespace(group, types);
    }
    let groups = 0..all.len().div_ceil(GROUP);
    let server: String = groups.map(|group| format!(".namespace(Group{group})")).collect();
    let _ = writeln!(source, "pub fn server() -> Server {{ Server::new(){server} }}");
    let cases: String = all.iter().enumerate().map(|(index, ty)| case(ty, index / GROUP)).collect();
    let _ = writeln!(source, "pub fn cases() -> Vec<Case> {{ vec![{cases}] }}");
    let changes = mutants.iter().map(|(base, change, _)| (*base, change));
    let changes: String = changes
        .enumerate()
        .map(|(index, (base, change))| {
            format!("Mutation {{ before: {base}, after: {}, change: {change:?} }},\n", TYPES + index)
        })
        .collect();
    let _ = writeln!(source, "pub fn mutations() -> Vec<Mutation> {{ vec![{changes}] }}");
    source
}

/// Returns a namespace with an event for each type, acknowledged with the value that it carries.
fn namespace(group: usize, types: &[&Type]) -> String {
    let handlers: String = types
        .iter()
        .map(|ty| {
            let (event, ty) = (ty.event(), ty.instance());
            format!("#[on(\"{event}\")] fn {event}(&self, values: Vec<{ty}>) -> Vec<{ty}> {{ values }}\n")
        })
        .collect();
    format!("pub struct Group{group};\n#[namespace(\"/group-{group}\")]\nimpl Group{group} {{\n{handlers}}}\n")
}

fn case(ty: &Type, group: usize) -> String {
    format!(
        "Case::new::<Group{group}, {}>({group}, \"{}\", {:?}),\n",
        ty.instance(),
        ty.event(),
        ty.source.split("impl").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
    )
}
