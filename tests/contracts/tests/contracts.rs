//! Generated types: their contracts, compared with the behavior of serde.

use serde_json::{Value, json};
use std::collections::{BTreeMap, btree_map::Entry};
use switchboard::schema::{Changes, Direction};
use switchboard::testing::{Client, TestServer};
use switchboard_contracts::{Case, Description, Extent, Samples, described, mutations, values, values_with_keys};

/// The number of random values of each type.
const SAMPLES: usize = 150;

/// Lists all faults, instead of only the first.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, case: &Case, fault: &str) {
        self.0.push(format!("{fault}\n    {}", case.source));
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let shown = &self.0[..self.0.len().min(20)];
            assert!(self.0.is_empty(), "{} faults:\n{}", self.0.len(), shown.join("\n"));
        }
    }
}

fn samples(case: &Case) -> Vec<Value> {
    let mut samples = Samples::new(1);
    (0..SAMPLES).map(|_| (case.write)(&mut samples)).collect()
}

#[test]
fn what_serde_writes_is_valid() {
    let mut faults = Faults::default();
    for (case, described) in described() {
        let validator = described.validator(&described.outgoing);
        if let Some(value) = samples(&case).iter().find(|value| !validator.is_valid(value)) {
            faults.add(&case, &format!("not described: {value}\n    by {}", described.outgoing));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_schema_allows_is_read_over_the_wire() {
    let app = TestServer::new(switchboard_contracts::server());
    let mut clients: BTreeMap<usize, Client<switchboard_contracts::Group0>> = BTreeMap::new();
    let mut faults = Faults::default();
    for (case, described) in described() {
        let client = match clients.entry(case.group) {
            Entry::Occupied(client) => client.into_mut(),
            Entry::Vacant(place) => {
                let path = format!("/group-{}", case.group);
                place.insert(app.client_at(&path, &path).connect().await.unwrap())
            }
        };
        let outgoing = described.validator(&described.outgoing);
        let incoming = described.validator(&described.incoming);
        for value in values(&described.incoming, &described.types, Extent::AllNames) {
            match client.call::<Vec<Value>>(case.event, (json!([value]),)).await {
                Ok(answer) if !outgoing.is_valid(&answer[0]) => {
                    faults.add(&case, &format!("{value} is answered with {answer:?}"));
                }
                Ok(answer) => {
                    // The same result as serde without the framework.
                    let expected = (case.read)(value.clone()).ok();
                    assert_eq!(answer.first(), expected.as_ref(), "{value} of {}", case.source);
                }
                Err(error) => {
                    let valid = incoming.is_valid(&value);
                    faults.add(
                        &case,
                        &format!("{value}, valid: {valid}, is refused: {error}\n    by {}", described.incoming),
                    );
                }
            }
        }
    }
}

#[test]
fn a_contract_is_equal_to_its_lock_file() {
    for (case, described) in described() {
        let contract = described.contract();
        let changes = contract.compare(&described.contract());
        assert!(changes.is_empty(), "{}: {changes}", case.source);
    }
}

fn breaks(changes: &Changes, direction: Direction) -> bool {
    changes.iter().any(|change| change.breaking && change.direction == direction)
}

/// Returns a value of an old client that the new server rejects. Maps may have any key, including those of a new field.
fn refused(before: &Description, after: &Case) -> Option<Value> {
    let sent = values_with_keys(&before.incoming, &before.types, Extent::AllNames, &["added", "renamed"]);
    sent.into_iter().find(|value| (after.read)(value.clone()).is_err())
}

/// Returns a value of the new server that an old client does not expect.
fn unexpected(before: &Description, after: &Case) -> Option<Value> {
    let client = before.client();
    samples(after).into_iter().find(|value| !client.is_valid(value))
}

#[test]
fn changes_are_judged_as_old_clients_meet_them() {
    let described = described();
    let mut faults = Faults::default();
    let mut verdicts = BTreeMap::new();
    for mutation in mutations() {
        let ((old, before), (new, after)) = (&described[mutation.before], &described[mutation.after]);
        let changes = before.contract().compare(&after.contract());
        for (direction, witness) in
            [(Direction::Incoming, refused(before, new)), (Direction::Outgoing, unexpected(before, new))]
        {
            let breaking = breaks(&changes, direction);
            *verdicts.entry((format!("{direction:?}"), breaking)).or_insert(0) += 1;
            if breaking != witness.is_some() {
                let witness = witness.map_or_else(String::new, |value| format!("\n    witness: {value}"));
                let fault = format!(
                    "{direction:?}, {}: breaking is {breaking}{witness}\n    {changes}\n    {}",
                    mutation.change, old.source
                );
                faults.add(new, &fault);
            }
        }
    }
    println!("{verdicts:?}");
    // Both verdicts occur in both directions.
    assert_eq!(verdicts.len(), 4, "{verdicts:?}");
}
