//! Tests that need a process of their own.

use std::process;

/// Says to a test that it runs in a process of its own.
const ALONE: &str = "WASI_PROGRAM_TEST_ALONE";

/// Reports whether this process is one that [`alone`] made. Tests for such a process do
/// nothing elsewhere.
#[must_use]
pub fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// This very program, to run a test that is ignored otherwise in a process of its own.
#[must_use]
pub fn test_process(test: &str) -> process::Command {
    let mut command = process::Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(ALONE, "1");
    command
}

/// Runs such a test.
#[track_caller]
pub fn alone(test: &str) {
    let output = test_process(test).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
