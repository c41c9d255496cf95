//! What compiles, what does not, and what the compiler says then.

#[path = "accept/mod.rs"]
mod accept;

/// With `TRYBUILD=overwrite`, the messages are written anew: read them as a user would before they are committed.
#[test]
fn mistakes_are_refused_in_these_words() {
    trybuild::TestCases::new().compile_fail("refuse/*.rs");
}
