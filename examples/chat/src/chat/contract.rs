//! Tests that the generated TypeScript is up to date, and that the contract is compatible with the lock file.

use switchboard::schema::Contract;

use super::Chat;

#[test]
fn the_page_is_written_against_todays_contract() {
    Contract::of::<Chat>().typescript().assert_written("web/src/contract.ts");
}

#[test]
fn pages_that_are_open_in_browsers_go_on() {
    Contract::of::<Chat>().assert_compatible("contract.lock.json");
}
