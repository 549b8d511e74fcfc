//! Uses of the attribute that compile, uses that do not, and their messages.
//!
//! `ui/*.rs` hold one mistake each and are named after it; the compiler's
//! messages must be those of the `.stderr` beside it. `ui/pass/*.rs` must
//! compile and run. After a change of wording, `TRYBUILD=overwrite cargo test
//! --test ui` writes the messages anew: read them as the user will.

#[test]
fn mistakes_are_compile_errors_with_advice() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn correct_attributes_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
