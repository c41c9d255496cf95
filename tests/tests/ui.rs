//! What compiles, what does not, and what the compiler says then.

#[test]
fn contracts() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/accept/*.rs");
    cases.compile_fail("ui/refuse/*.rs");
}
