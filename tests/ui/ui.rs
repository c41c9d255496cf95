//! Code that must compile, code that must not, and the compiler's messages.

#[path = "accept/mod.rs"]
mod accept;

/// With `TRYBUILD=overwrite`, the messages are updated. Review them as a user would before you commit them.
#[test]
fn mistakes_are_refused_in_these_words() {
    trybuild::TestCases::new().compile_fail("refuse/*.rs");
}
