//! Tests that need what is not everywhere.

/// The environment variable that makes it an error that a test is skipped.
pub const ALL: &str = "WASI_PROGRAM_TEST_ALL";

/// Says that a test is skipped, and why.
///
/// # Panics
///
/// If none may be, as [`ALL`] is set.
#[track_caller]
pub fn skipped(why: &str) {
    assert!(
        std::env::var_os(ALL).is_none(),
        "{why}; {ALL} forbids to skip it"
    );
    println!("skipped: {why}");
}
