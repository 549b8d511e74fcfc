//! Modules that are refused before they are compiled.

use std::time::Duration;

use tests::timing::{assert_within, took};
use wasi_program::{Error, LoadError, Program};

use crate::program;

/// The findings for which these bytes are refused before they are compiled.
#[track_caller]
fn findings_in(bytes: &[u8]) -> Vec<String> {
    match Program::new(bytes) {
        Err(Error::Load {
            reason: LoadError::Refused(findings),
            ..
        }) => findings,
        other => panic!("{other:?}"),
    }
}

/// Checks that a module is refused for these reasons, each told by a part of its text, and
/// for no others.
#[track_caller]
fn refused(wat: &str, expected: &[&str]) {
    let findings = findings_in(&wat::parse_str(wat).unwrap());
    assert_eq!(findings.len(), expected.len(), "{findings:#?}");
    for (finding, expected) in findings.iter().zip(expected) {
        assert!(finding.contains(expected), "{finding}");
    }
}

#[test]
fn bytes_that_are_not_a_module_are_refused_with_the_name_of_their_format() {
    for (bytes, expected) in [
        (&b""[..], "is empty; build the module again"),
        (
            b"\x7fELF\x02\x01\x01",
            "is not a WebAssembly module but a native executable or library (ELF); build the program for `wasm32-wasip1` and run that",
        ),
        (
            b"(module)",
            "is WebAssembly text, not a module; convert it with `wat2wasm`, or with the crate `wat`",
        ),
        (
            b"\0asm\x0d\0\x01\0",
            "is a component, for WASI 0.2 or later, not a core module; build the program for `wasm32-wasip1`, not for `wasm32-wasip2`, and without the step that makes a component of it",
        ),
        (
            b"\0asm\x01\0\0\0\x01\x04\x01\x60",
            "ends in the middle, after 12 bytes; build the module again",
        ),
        (
            b"\0asm\x01\0\0\0\x63\x00",
            "is not valid WebAssembly: malformed section id: 99 (at byte 0xa); build the module again",
        ),
    ] {
        assert_eq!(findings_in(bytes), [expected]);
    }
}

#[test]
fn an_invalid_function_is_named_by_its_place() {
    let wat = r#"(memory (export "memory") 1)
        (func (export "_start") (drop (i32.add (i32.const 1) (f32.const 2))))"#;
    refused(
        wat,
        &["is not valid WebAssembly: type mismatch: expected i32, found f32 (at byte 0x"],
    );
}

#[test]
fn every_import_that_wasi_does_not_have_is_named() {
    refused(
        r#"(import "env" "f" (func))
           (import "wasi_snapshot_preview1" "fd_raed" (func))
           (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32)))
           (import "wasi_unstable" "sock_accept" (func (param i32 i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
           (import "wasi_snapshot_preview1" "random_get" (global i32))
           (memory (export "memory") 1)
           (func (export "_start"))"#,
        &[
            "imports a function `fd_raed` `() -> ()` from `wasi_snapshot_preview1`, but no WASI version has that function; did you mean `fd_read`?",
            "imports `fd_close` from `wasi_snapshot_preview1` as `(i64) -> i32`, but it is `(i32) -> i32`; correct its declaration in the program",
            "imports a function `sock_accept` `(i32, i32, i32) -> i32` from `wasi_unstable`, which only snapshot1 (`wasi_snapshot_preview1`) has",
            "imports a global `random_get` from `wasi_snapshot_preview1`, which has functions only",
            "imports `f`, a function `() -> ()`, from `env`, which no WASI version has; the program leaves it undefined",
        ],
    );
}

#[test]
fn an_import_that_is_not_a_function_is_the_only_one_reported() {
    for import in [r#"(memory 1)"#, r#"(table 1 funcref)"#, r#"(global i32)"#] {
        refused(
            &format!(
                r#"(import "env" "it" {import})
                   (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
                   (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
                   (memory $own (export "memory") 1)
                   (func (export "_start"))"#
            ),
            &["`it`"],
        );
    }
    refused(
        r#"(import "env" "memory" (memory 1))
           (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
           (export "memory" (memory 0))
           (func (export "_start") (call $exit (i32.const 0)))"#,
        &[
            "imports its memory (`memory` from `env`), which WASI does not provide; link it without `--import-memory`, so that it defines and exports one",
        ],
    );
}

#[test]
fn all_mistakes_are_reported_at_once_on_one_line() {
    let module = wat::parse_str(
        r#"(import "env" "memory" (memory 1))
           (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
           (import "wasi_snapshot_preview1" "fd_raed" (func))
           (table 2000000 funcref)
           (global (export "_start") i32 (i32.const 0))"#,
    )
    .unwrap();
    let error = Program::new(module).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "cannot load `program`: there are 5 things wrong with it: \
         (1) it imports a function `fd_raed` `() -> ()` from `wasi_snapshot_preview1`, but no WASI version has that function; did you mean `fd_read`?; \
         (2) it imports its memory (`memory` from `env`), which WASI does not provide; link it without `--import-memory`, so that it defines and exports one; \
         (3) it has a table of 2000000 elements, but at most 1048576 are allowed; build it with a smaller one; \
         (4) it exports no `memory`, which WASI needs to exchange data; link it with `--export-memory`; \
         (5) it exports `_start` as a global, not as a function; rebuild it as a WASI command"
    );
}

#[test]
fn a_module_for_another_system_is_recognised_by_its_imports() {
    refused(
        r#"(import "./app_bg.js" "__wbg_log_1" (func (param i32)))
           (import "wbg" "__wbindgen_throw" (func (param i32 i32)))
           (memory (export "memory") 1)
           (func (export "_start"))"#,
        &[
            "is built for the browser, with wasm-bindgen (it imports `__wbg_log_1` from `./app_bg.js`)",
        ],
    );
    #[cfg(not(feature = "wasix"))]
    refused(
        r#"(import "wasix_32v1" "thread_exit" (func (param i32)))
           (memory (export "memory") 1)
           (func (export "_start"))"#,
        &[
            "is a WASIX module (it imports from `wasix_32v1`); enable the feature `wasix` of `wasi-program`, or build the program for `wasm32-wasip1`",
        ],
    );
}

/// A module with these imports, and so many functions that it takes seconds to compile.
fn large(imports: &str) -> Vec<u8> {
    let body = "(local.set $i (i32.mul (local.get $i) (i32.const 77)))".repeat(50);
    let functions = format!("(func (param $i i32) {body})").repeat(10_000);
    let module = format!(
        r#"(module {imports} (memory (export "memory") 1) (func (export "_start")) {functions})"#
    );
    wat::parse_str(module).unwrap()
}

#[test]
fn a_large_module_is_refused_before_it_is_compiled() {
    let foreign = large(r#"(import "browser" "alert" (func (param i32)))"#);
    assert!(foreign.len() > 3_000_000, "{}", foreign.len());
    assert_within(Duration::from_millis(100), "to refuse it", || {
        let (findings, took) = took(|| findings_in(&foreign));
        assert!(findings[0].contains("imports `alert`"), "{findings:?}");
        took
    });
}

#[test]
fn text_from_a_module_is_escaped_before_it_reaches_the_terminal() {
    let name = format!("\\1b[2J\\e2\\80\\ae{}", "x".repeat(50_000));
    for wat in [
        format!(r#"(import "env" "{name}" (func)) (memory (export "memory") 1)"#),
        format!(r#"(import "{name}" "f" (func)) (memory (export "memory") 1)"#),
        format!(r#"(import "wasi_unstable" "{name}" (func)) (memory (export "memory") 1)"#),
        // The message of the validator has the name as well.
        format!(
            r#"(memory (export "memory") 1) (func (export "{name}")) (func (export "{name}"))"#
        ),
    ] {
        let error = Program::new(wat::parse_str(&wat).unwrap()).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains(r"\u{1b}[2J\u{202e}xxx"), "{message}");
        assert!(message.chars().count() < 1_500, "{message}");
    }
}

#[test]
fn a_hidden_character_in_the_name_of_an_import_is_shown_by_its_number() {
    let module = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_\u{202e}read" (func))
            (memory (export "memory") 1)
            (func (export "_start")))"#,
    );
    let error = Program::new(module.unwrap()).unwrap_err();
    let Error::Load { reason, .. } = &error else {
        panic!("{error:?}")
    };
    for shown in [
        format!("{error:#}"),
        format!("{error:?}"),
        reason.to_string(),
    ] {
        assert!(shown.contains(r"fd_\u{202e}read"), "{shown}");
        assert!(!shown.contains('\u{202e}'), "{shown:?}");
    }
}

#[test]
fn a_module_without_a_memory_of_its_own_is_refused() {
    refused(
        r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
           (func (export "_start"))"#,
        &["exports no `memory`, which WASI needs to exchange data; link it with `--export-memory`"],
    );
    refused(
        r#"(global (export "memory") i32 (i32.const 0)) (func (export "_start"))"#,
        &["exports `memory` as a global, not as a memory"],
    );
    refused(
        r#"(memory (export "memory") 1 1 shared) (func (export "_start"))"#,
        &["uses threads"],
    );
}

#[test]
fn a_module_with_nothing_to_call_is_refused() {
    for (export, expected) in [
        ("", "exports no `_start`, so it is a library"),
        (
            r#"(func (export "_start") (param i32))"#,
            "exports `_start` as `(i32) -> ()`, but a program starts with `() -> ()`",
        ),
    ] {
        refused(
            &format!(r#"(memory (export "memory") 1) {export}"#),
            &[expected],
        );
    }
}

#[test]
fn tables_and_memories_are_bounded_in_the_memory_of_the_host() {
    let program = program(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
           (memory (export "memory") 1)
           (table $t 1 funcref)
           (func (export "_start")
             (drop (table.grow $t (ref.null func) (i32.const 1000)))
             (call $exit (table.grow $t (ref.null func) (i32.const 0xfffffff0))))"#,
    )
    .unwrap();
    assert_eq!(program.command().status().unwrap().code(), u32::MAX);

    refused(
        r#"(memory (export "memory") 1) (table 100000000 funcref) (func (export "_start"))"#,
        &["has a table of 100000000 elements, but at most 1048576 are allowed"],
    );
    let many = format!(
        r#"(memory (export "memory") 1) {} (func (export "_start"))"#,
        "(table 1 funcref)".repeat(9)
    );
    refused(&many, &["has 9 tables, but at most 8 are allowed"]);
    let memories = format!(
        r#"(memory (export "memory") 1) {} (func (export "_start"))"#,
        "(memory 1)".repeat(8)
    );
    refused(&memories, &["has 9 memories, but at most 8 are allowed"]);
}

#[test]
fn proposals_that_the_host_does_not_have_are_refused_with_advice() {
    for (wat, expected) in [
        (
            "(memory 1 1 shared)",
            "uses threads (a shared memory, or atomic instructions), which wasi-program does not support; build it without `-pthread`, for `wasm32-wasip1`",
        ),
        (
            "(func (drop (i32.atomic.load (i32.const 0))))",
            "uses threads",
        ),
        (
            "(tag)",
            "uses exceptions, which wasi-program does not support; build it with `-fno-exceptions`",
        ),
        ("(memory i64 1)", "uses 64-bit memories (memory64)"),
        ("(func $f return_call $f)", "uses tail calls"),
        ("(type (struct))", "uses garbage-collected types"),
    ] {
        let program = format!(r#"(memory (export "memory") 1) {wat} (func (export "_start"))"#);
        let program = match wat.starts_with("(type") {
            true => format!(r#"{wat} (memory (export "memory") 1) (func (export "_start"))"#),
            false => program,
        };
        refused(&program, &[expected]);
    }
}
