//! The contract as the page knows it, and as pages that are open know it.

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
