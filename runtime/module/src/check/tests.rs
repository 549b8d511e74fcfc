use super::{Entry, Finding, Requirements, Subject, Validity, VersionRule, Wanted, check};
use crate::backend::Backend;
use crate::capability::Capability;
use crate::kind::Purpose;
use crate::version::Version;

/// The requirements of the runtime.
const LENIENT: Requirements<'_> = Requirements {
    purpose: Purpose::Run,
    backend: Backend::Native,
    bounds: no_more_than_one,
    application: false,
    version: None,
    allow: None,
    entry: Some(Entry::NamedLater),
};

/// Bounds of a memory, and a table.
fn no_more_than_one(memories: usize, tables: &[u64]) -> Vec<String> {
    let exceeded = [
        (memories > 1).then(|| format!("has {memories} memories")),
        (tables.len() > 1).then(|| format!("has tables of {tables:?} elements")),
    ];
    exceeded.into_iter().flatten().collect()
}

/// The requirements of the attribute without any keys.
const STRICT: Requirements<'_> = Requirements {
    purpose: Purpose::Embed,
    version: Some(VersionRule {
        strict: true,
        wanted: None,
    }),
    entry: Some(Entry::Start),
    ..LENIENT
};

fn findings(text: &str, requirements: &Requirements<'_>) -> Vec<Finding> {
    let bytes = wat::parse_str(text).expect("valid text");
    check(&bytes, Validity::Unknown, requirements)
        .err()
        .unwrap_or_default()
}

/// Checks that there are as many findings as there are texts, and that each has its text.
#[track_caller]
fn finds(text: &str, requirements: &Requirements<'_>, expected: &[&str]) {
    let findings = findings(text, requirements);
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings.len(), expected.len(), "{texts:#?}");
    for (text, expected) in texts.iter().zip(expected) {
        assert!(text.contains(expected), "{text}");
    }
}

const PROGRAM: &str = r#"
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
    (memory (export "memory") 1)
    (func (export "_start"))"#;

#[test]
fn a_program_meets_the_default_requirements() {
    finds(PROGRAM, &LENIENT, &[]);
    finds(PROGRAM, &STRICT, &[]);
}

#[test]
fn all_mistakes_are_found_at_once_and_only_those() {
    let text = r#"
        (import "env" "memory" (memory 1))
        (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (import "wasi_snapshot_preview1" "fd_raed" (func (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32)))
        (import "wasi_unstable" "sched_yield" (func (result i32)))
        (table 5 funcref) (table 6 funcref)"#;
    let expected = [
        "did you mean `fd_read`?",
        "imports `fd_close` from `wasi_snapshot_preview1` as `(i64) -> i32`, but it is `(i32) -> i32`",
        "imports its memory (`memory` from `env`)",
        "has tables of [5, 6] elements",
        "exports no `memory`",
        "exports no `_start`",
    ];
    finds(text, &LENIENT, &expected);
    let expected = [&["imports from both"], &expected[..]].concat();
    finds(text, &STRICT, &expected);
}

#[test]
fn code_is_validated_last_and_only_if_everything_else_is_right() {
    let wrong = r#"(func (export "wrong") (result i32) (f32.const 1))"#;
    let program = format!("{PROGRAM} {wrong}");
    finds(
        &program,
        &LENIENT,
        &["is not valid WebAssembly: type mismatch"],
    );
    let bytes = wat::parse_str(&program).expect("valid text");
    assert_eq!(check(&bytes, Validity::Known, &LENIENT), Ok(()));
    let foreign = format!(r#"(import "env" "f" (func)) {program}"#);
    finds(&foreign, &LENIENT, &["imports `f`"]);
    let threads = format!("{PROGRAM} (func (drop (i32.atomic.load (i32.const 0))))");
    finds(&threads, &LENIENT, &["uses threads"]);
}

#[test]
fn a_foreign_abi_is_the_only_finding() {
    let go = r#"(import "gojs" "runtime.wasmExit" (func (param i32)))"#;
    finds(go, &STRICT, &["is built for the browser, with Go"]);
}

#[test]
fn a_module_that_needs_wasix_is_refused_with_advice_if_wasix_is_absent() {
    let wasix = r#"
        (import "wasix_32v1" "thread_exit" (func (param i32)))
        (memory (export "memory") 1)
        (func (export "_start"))"#;
    finds(
        wasix,
        &STRICT,
        &["is a WASIX module (it imports from `wasix_32v1`)"],
    );
    let requirements = Requirements {
        backend: Backend::Wasix,
        ..STRICT
    };
    finds(wasix, &requirements, &[]);
    let shared = r#"
        (import "env" "memory" (memory 1 2 shared))
        (import "wasix_32v1" "thread_exit" (func (param i32)))
        (func (export "_start"))"#;
    finds(shared, &requirements, &[]);
}

#[test]
fn bytes_of_another_file_format_are_refused_with_its_name() {
    for (bytes, expected) in [
        (&b""[..], "is empty"),
        (b"(module)", "is WebAssembly text"),
        (
            b"\x7fELF",
            "(ELF); build the program for `wasm32-wasip1` and run that",
        ),
        (b"\0asm\x0d\0\x01\0", "is a component"),
        (
            b"\0asm\x01\0\0\0\x01\x04\x01\x60",
            "ends in the middle, after 12 bytes",
        ),
    ] {
        let findings = check(bytes, Validity::Unknown, &LENIENT).expect_err(expected);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].to_string().contains(expected), "{findings:?}");
    }
}

#[test]
fn an_entry_point_that_is_named_later_can_be_any_function() {
    let with = |export: &str| format!(r#"(memory (export "memory") 1) {export}"#);
    for text in [
        r#"(func (export "other"))"#,
        r#"(func (export "_initialize"))"#,
        r#"(func (export "f") (param i32))"#,
        r#"(func (export "_start") (param i32)) (func (export "other"))"#,
    ] {
        finds(&with(text), &LENIENT, &[]);
    }
    for (text, expected) in [
        ("", "exports no `_start`, so it is a library"),
        (
            r#"(func (export "_start") (param i32))"#,
            "exports `_start` as `(i32) -> ()`",
        ),
        (
            r#"(func (export "cabi_realloc") (param i32))"#,
            "exports no `_start`",
        ),
        (
            r#"(global (export "_start") i32 i32.const 0)"#,
            "exports `_start` as a global",
        ),
    ] {
        finds(&with(text), &LENIENT, &[expected]);
    }
}

#[test]
fn a_finding_says_which_requirement_it_concerns() {
    let requirements = Requirements {
        version: Some(VersionRule {
            strict: true,
            wanted: Some(Version::Snapshot0),
        }),
        allow: Some(&[Capability::Stdio]),
        entry: Some(Entry::Named("strat")),
        ..STRICT
    };
    let text = r#"
        (import "wasi_snapshot_preview1" "path_unlink_file" (func (param i32 i32 i32) (result i32)))
        (func (export "start"))"#;
    let findings = findings(text, &requirements);
    let subjects: Vec<Subject> = findings.iter().map(|finding| finding.subject).collect();
    assert_eq!(
        subjects,
        [
            Subject::Version,
            Subject::Allow,
            Subject::Module,
            Subject::Entry
        ],
        "{findings:#?}"
    );
    assert!(findings[3].to_string().contains("did you mean `start`?"));
}

#[test]
fn any_version_is_accepted_without_a_required_one() {
    let both = format!(r#"(import "wasi_unstable" "sched_yield" (func (result i32))) {PROGRAM}"#);
    finds(&both, &LENIENT, &[]);
    finds(&both, &STRICT, &["imports from both"]);
    let none = r#"(memory (export "memory") 1) (func (export "_start"))"#;
    finds(none, &LENIENT, &[]);
    finds(none, &STRICT, &["has no WASI version"]);
}

#[test]
fn a_library_needs_its_functions_and_no_memory_or_version_if_it_imports_nothing() {
    let wanted = |names: &[&str]| Wanted {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let functions = [wanted(&["add"]), wanted(&["is_even", "is-even"])];
    let requirements = Requirements {
        entry: Some(Entry::Functions(&functions)),
        version: Some(VersionRule {
            strict: true,
            wanted: None,
        }),
        ..LENIENT
    };
    let add = r#"(func (export "add") (param i32))"#;
    let even = r#"(func (export "is-even"))"#;
    finds(&format!("{add} {even}"), &requirements, &[]);
    finds(
        &format!(r#"{even} (func (export "ad"))"#),
        &requirements,
        &["exports no function `add`; did you mean `ad`?"],
    );
    finds(
        r#"(global (export "add") i32 i32.const 0) (func (export "other"))"#,
        &requirements,
        &[
            "exports `add` as a global, not as a function",
            "exports no function `is_even`; it exports `other`",
        ],
    );
    finds(
        &format!(r#"{add} {even} (func (export "_initialize") (param i32))"#),
        &requirements,
        &["exports `_initialize` as a function `(i32) -> ()`"],
    );
    let imports = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
    finds(
        &format!("{imports} {add} {even}"),
        &requirements,
        &["exports no `memory`"],
    );
    finds(
        r#"(func (export "_start"))"#,
        &requirements,
        &["exports only `_start`: it is a command"],
    );
}
