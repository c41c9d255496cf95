//! The book's table of rules must match the rules of the contract check.

use std::collections::BTreeMap;

use switchboard::schema::{Direction, Rule};

const RULES: [Rule; 20] = [
    Rule::NamespaceRemoved,
    Rule::NamespaceAdded,
    Rule::EventRemoved,
    Rule::EventAdded,
    Rule::ArgumentRequired,
    Rule::ArgumentOptional,
    Rule::ArgumentRemoved,
    Rule::ArgumentAdded,
    Rule::FieldRequired,
    Rule::FieldOptional,
    Rule::FieldRemoved,
    Rule::FieldAdded,
    Rule::FieldRefused,
    Rule::FieldAccepted,
    Rule::ValuesNarrower,
    Rule::ValuesWider,
    Rule::AckAdded,
    Rule::AckRemoved,
    Rule::BecameUnknown,
    Rule::BecameKnown,
];

#[test]
fn the_book_has_every_rule_with_its_verdicts() {
    let book = include_str!("../../../book/src/contracts.md");
    let (_, table) = book.split_once("| rule | what has changed |").expect("the table");
    let mut told: BTreeMap<&str, [bool; 2]> = BTreeMap::new();
    for line in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, rule, _, client, server, _] = cells[..] else { panic!("five columns: {line}") };
        told.insert(rule.trim_matches('`'), [client, server].map(|cell| cell.starts_with("breaking")));
    }
    assert_eq!(told.len(), RULES.len());
    for rule in RULES {
        let breaks = [Direction::Incoming, Direction::Outgoing].map(|direction| rule.breaks(direction));
        assert_eq!(told.get(format!("{rule:?}").as_str()), Some(&breaks), "{rule:?}");
    }
}
