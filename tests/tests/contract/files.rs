//! Compares a server's exports with the stored files, which
//! `SWITCHBOARD_UPDATE=1 cargo test -p switchboard-tests --test contract` updates. `tests/types` checks the files with
//! the tools that consume them.

use switchboard::schema::WarningKind;
use switchboard_tests::contract::contract;

#[test]
fn typescript() {
    contract().typescript().assert_written("types/contract.ts");
}

#[test]
fn asyncapi() {
    contract().asyncapi().assert_written("types/asyncapi.json");
}

#[test]
fn html() {
    contract().html().assert_written("types/contract.html");
}

#[test]
fn lock() {
    contract().assert_compatible("types/contract.lock.json");
}

#[test]
fn warns_of_answers_that_look_like_failures() {
    let warnings = contract().warnings();
    let failures = warnings.iter().filter(|warning| warning.kind == WarningKind::AckLooksLikeFailure);
    let places: Vec<_> = failures.map(|warning| warning.place.as_str()).collect();
    assert_eq!(places, ["/workshop: check, acknowledgement"]);
}

#[test]
fn says_what_it_cannot_describe() {
    let unknowns: Vec<_> = contract().unknowns().iter().map(ToString::to_string).collect();
    assert_eq!(
        unknowns,
        [
            "/workshop: look, argument 1: `switchboard_tests::contract::Point` is not described",
            "/workshop: look, acknowledgement: `switchboard_tests::contract::Point.0` is not described",
            "/workshop: look, acknowledgement: `switchboard_tests::contract::Point.1` is not described",
        ]
    );
    assert!(
        contract().typescript().as_str().contains("unknown /* not described: switchboard_tests::contract::Point */")
    );
}
