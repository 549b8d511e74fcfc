//! Programs that are compiled at run time, and what they do.

use std::time::Duration;

use wasi_program::{Error, LoadError, Program};

use crate::{EXIT_7, program};

#[test]
fn bytes_become_a_program() {
    let program = program(EXIT_7).unwrap();
    assert_eq!(program.command().status().unwrap().code(), 7);
    assert_eq!(program.command().status().unwrap().code(), 7);
}

#[test]
fn a_file_becomes_a_program_named_after_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/echo.wasm");
    let program = Program::from_file(path).unwrap();
    assert_eq!(program.name(), "echo");
    assert_eq!(
        program.command().output().unwrap().stdout,
        b"arg 0 echo\nstdin:\n"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Program::from_file("no/such.wasm").unwrap_err();
    assert!(matches!(error, Error::ReadModule { .. }), "{error}");
    assert!(error.to_string().contains("`no/such.wasm`"), "{error}");
}

#[test]
fn a_module_without_the_export_says_so_when_it_runs() {
    let program = program(r#"(memory (export "memory") 1) (func (export "other"))"#).unwrap();
    let error = program.command().output().unwrap_err();
    assert!(matches!(
        &error,
        Error::Load { reason: LoadError::MissingExport(name), .. } if **name == *"_start"
    ));
    assert!(
        program
            .command()
            .export("other")
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn both_snapshots_can_be_mixed_in_one_module() {
    let program = program(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
           (import "wasi_unstable" "sched_yield" (func $yield (result i32)))
           (memory (export "memory") 1)
           (func (export "_start") (call $exit (i32.add (call $yield) (i32.const 5))))"#,
    )
    .unwrap();
    assert_eq!(program.command().status().unwrap().code(), 5);
}

#[test]
fn a_start_function_may_call_the_host() {
    let exits = program(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
           (memory (export "memory") 1)
           (func $start (call $exit (i32.const 9)))
           (start $start)
           (func (export "_start"))"#,
    );
    assert_eq!(exits.unwrap().command().status().unwrap().code(), 9);
    let reads = program(
        r#"(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
           (memory (export "memory") 1)
           (func $start (drop (call $yield)))
           (start $start)
           (func (export "_start"))"#,
    );
    assert!(reads.unwrap().command().status().unwrap().success());
}

#[test]
fn loops_run_with_any_declaration_of_memories() {
    for memories in [
        r#"(memory (export "memory") 0)"#,
        r#"(memory (export "memory") 0) (memory 1) (data (memory 1) (i32.const 9) "x")"#,
        r#"(memory (export "memory") 1) (data "passive")"#,
        r#"(memory (export "memory") 1) (data (i32.const 65535) "x")"#,
        r#"(memory (export "memory") 65536) (data (i32.const -1) "x")"#,
    ] {
        let looping = format!(
            r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
               {memories}
               (func (export "_start") (local $turn i32)
                 (loop $again
                   (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
                   (br_if $again (i32.lt_u (local.get $turn) (i32.const 3))))
                 (call $exit (local.get $turn)))"#
        );
        let program = program(&looping).unwrap();
        assert_eq!(program.command().status().unwrap().code(), 3, "{memories}");
    }
}

#[test]
fn long_names_in_a_module_do_not_make_its_traps_large() {
    let trap = |length: usize| {
        let name = "n".repeat(length);
        let wat = format!(
            r#"(memory (export "memory") 1)
               (func ${name} (export "_start") unreachable)"#
        );
        program(&wat).unwrap().command().status().unwrap_err()
    };
    let short = format!("{:#}", trap(10));
    assert!(short.contains("`nnnnnnnnnn`"), "{short}");
    for length in [4_000, 1_000_000] {
        let message = format!("{:#}", trap(length));
        assert!(message.len() < 500, "{}", message.len());
    }
}

/// A program of which `body`, many times over, is a function's body.
fn interruptible(body: &str, times: usize, after: &str) -> Program {
    let wat = format!(
        r#"(module
             (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
             (memory (export "memory") 1)
             (func (export "_start") (local $i i32) (loop $more {} {after})))"#,
        body.repeat(times)
    );
    let wasm = wat::parse_str(wat).unwrap();
    Program::builder()
        .interruptible(true)
        .metered(true)
        .build(wasm)
        .unwrap()
}

#[test]
fn a_loop_body_longer_than_the_check_interval_runs_to_its_end() {
    // 700,000 bytes, and five turns.
    let count = "(local.set $i (i32.add (local.get $i) (i32.const 1)))";
    let program = interruptible(
        count,
        100_000,
        "(br_if $more (i32.lt_u (local.get $i) (i32.const 500000))) (call $exit (i32.const 5))",
    );
    let mut command = program.command();
    command.timeout(Duration::from_secs(20));
    assert_eq!(command.status().unwrap().code(), 5);
    // And it is stopped where there is no loop, too.
    let program = interruptible("(block (br_if 0 (i32.const 1)))", 1, "(br $more)");
    let error = program
        .command()
        .timeout(Duration::from_millis(50))
        .output();
    assert!(matches!(error, Err(Error::Timeout { .. })));
    let error = program.command().fuel(1_000_000).output();
    assert!(matches!(error, Err(Error::OutOfFuel { .. })));
}
