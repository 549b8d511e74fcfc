//! Which WASI version a module was built for.

use wasi_program::{Version, get_version};

fn version(wat: &str, strict: bool) -> Option<Version> {
    get_version(&wat::parse_str(wat).unwrap(), strict)
}

const SNAPSHOT_0: &str = r#"(import "wasi_unstable" "sched_yield" (func (result i32)))"#;
const SNAPSHOT_1: &str = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
const OTHER: &str = r#"(import "env" "f" (func))"#;

#[test]
fn the_namespace_of_the_imports_decides() {
    assert_eq!(version(SNAPSHOT_0, true), Some(Version::Snapshot0));
    assert_eq!(version(SNAPSHOT_1, true), Some(Version::Snapshot1));
    assert_eq!(version("(module)", true), None);
    assert_eq!(version("(module)", false), None);
    assert_eq!(version(OTHER, false), None);
}

#[test]
fn strict_detection_requires_one_namespace() {
    let mixed = format!("{SNAPSHOT_0}{SNAPSHOT_1}");
    assert_eq!(version(&mixed, true), None);
    assert_eq!(version(&mixed, false), Some(Version::Snapshot0));
    let foreign = format!("{OTHER}{SNAPSHOT_1}");
    assert_eq!(version(&foreign, true), None);
    assert_eq!(version(&foreign, false), Some(Version::Snapshot1));
}

#[test]
fn bytes_that_are_not_a_module_have_no_version() {
    assert_eq!(get_version(b"", true), None);
    assert_eq!(get_version(b"\0asm", false), None);
    assert_eq!(get_version(b"not wasm at all", false), None);
    assert_eq!(Version::LATEST, Version::Snapshot1);
}
