//! The Rust type that each definition of a contract describes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::naming::Type;
use super::walk;
use crate::contract::schema::{Definition, Origin};

/// The types of the definitions of one direction, by the names of the definitions.
pub(super) type Types = BTreeMap<String, Type>;

/// Returns the types of the incoming and of the outgoing definitions.
///
/// Definitions of one direction may have the same origin: types that derive `JsonSchema` themselves, whose path is not
/// known, and types in two versions of one crate. Their schemas distinguish them. Definitions with the same origin and
/// the same schema are one type.
pub(super) fn types(incoming: &[Definition], outgoing: &[Definition]) -> [Types; 2] {
    let directions = [incoming, outgoing];
    let origins = directions.map(|definitions| {
        let names: BTreeSet<&str> = definitions.iter().map(|definition| definition.name.as_str()).collect();
        definitions.iter().map(|definition| origin(definition, &names)).collect::<Vec<_>>()
    });
    let mut ambiguous = BTreeSet::new();
    for origins in &origins {
        let mut known = BTreeSet::new();
        ambiguous.extend(origins.iter().filter(|origin| !known.insert(*origin)));
    }
    let ranks = if ambiguous.is_empty() {
        origins.each_ref().map(|all| vec![0; all.len()])
    } else {
        ranks(directions, &origins)
    };
    [0, 1].map(|direction| {
        let types = directions[direction].iter().zip(&origins[direction]).zip(&ranks[direction]);
        types
            .map(|((definition, origin), rank)| {
                let rank = if ambiguous.contains(origin) { *rank } else { 0 };
                (definition.name.clone(), Type { origin: origin.clone(), rank })
            })
            .collect()
    })
}

/// Returns the origin of a definition. If it has none, uses the name without the number that schemars added.
fn origin(definition: &Definition, names: &BTreeSet<&str>) -> Origin {
    definition.origin.clone().unwrap_or_else(|| {
        let declared = definition.name.trim_end_matches(|c: char| c.is_ascii_digit());
        let name = if names.contains(declared) { declared } else { &definition.name };
        Origin { path: String::new(), name: name.to_owned(), chosen: false }
    })
}

/// Numbers the definitions by origin and schema. Two have the same number only if their schemas are the same, including
/// those that they refer to, directly or indirectly.
fn ranks(directions: [&[Definition]; 2], origins: &[Vec<Origin>; 2]) -> [Vec<usize>; 2] {
    let (mut ranks, mut count) = numbered(origins);
    loop {
        let texts = [0, 1].map(|direction| {
            let (definitions, ranks) = (directions[direction], &ranks[direction]);
            let by_name: BTreeMap<&str, usize> =
                definitions.iter().map(|definition| definition.name.as_str()).zip(ranks.iter().copied()).collect();
            let text = |(definition, rank): (&Definition, &usize)| (*rank, text(&definition.schema, &by_name));
            definitions.iter().zip(ranks).map(text).collect()
        });
        let (finer, finer_count) = numbered(&texts);
        if finer_count == count {
            return ranks;
        }
        (ranks, count) = (finer, finer_count);
    }
}

/// Returns the position of each key among the sorted distinct keys, and how many distinct keys there are.
fn numbered<T: Ord>(keys: &[Vec<T>; 2]) -> ([Vec<usize>; 2], usize) {
    let distinct: BTreeSet<&T> = keys.iter().flatten().collect();
    let count = distinct.len();
    let numbers: BTreeMap<&T, usize> = distinct.into_iter().zip(0..).collect();
    (keys.each_ref().map(|keys| keys.iter().map(|key| numbers[key]).collect()), count)
}

/// Returns a schema as text, with numbers in place of the names that it refers to.
fn text(schema: &Value, numbers: &BTreeMap<&str, usize>) -> String {
    let mut schema = schema.clone();
    walk::each_mut(&mut schema, &mut |schema| {
        if let Some(number) = walk::target(schema).and_then(|name| numbers.get(name.as_str())) {
            schema["$ref"] = (*number).into();
        }
    });
    walk::sorted(schema).to_string()
}
