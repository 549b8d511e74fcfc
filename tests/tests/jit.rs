//! Modules that are compiled at run time: the feature `jit`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tests::timing::{assert_within, took};
use wasi_program::{Error, LoadError, Program};

fn program(wat: &str) -> Result<Program, Error> {
    Program::new(wat::parse_str(wat).unwrap())
}

const EXIT_7: &str = r#"
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const 7)))"#;

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
fn bytes_that_are_not_a_module_are_called_by_their_name() {
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
            "is a component, for WASI 0.2 or later, not a core module; build the program for `wasm32-wasip1`, not for `wasm32-wasip2`, and leave out what makes a component of it",
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
fn an_import_that_is_not_a_function_makes_no_other_wrong() {
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
fn all_that_is_wrong_is_said_at_once_on_one_line() {
    let module = wat::parse_str(
        r#"(import "env" "memory" (memory 1))
           (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
           (import "wasi_snapshot_preview1" "fd_raed" (func))
           (table 2000000 funcref)
           (func (export "start") (param i32))"#,
    )
    .unwrap();
    let error = Program::new(module).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "cannot load `program`: there are 5 things wrong with it: \
         (1) it imports a function `fd_raed` `() -> ()` from `wasi_snapshot_preview1`, but no WASI version has that function; did you mean `fd_read`?; \
         (2) it imports its memory (`memory` from `env`), which WASI does not provide; link it without `--import-memory`, so that it defines and exports one; \
         (3) it has a table of 2000000 elements, and 1048576 are allowed; build it with a smaller one; \
         (4) it exports no `memory`, which WASI needs to exchange data; link it with `--export-memory`; \
         (5) it exports no `_start`, so it is a library (a reactor) rather than a program; build it as a command, without `-mexec-model=reactor`, or in Rust as a binary"
    );
}

#[test]
fn a_module_for_another_system_is_told_from_its_imports() {
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
fn a_module_that_is_refused_is_not_cached() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let module = wat::parse_str(r#"(memory (export "memory") 1)"#).unwrap();
    let mut builder = Program::builder();
    let error = builder.cache_dir(&cache).build(module).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Load {
                reason: LoadError::Refused(_),
                ..
            }
        ),
        "{error}"
    );
    assert!(!cache.exists());
}

#[test]
fn text_from_a_module_does_not_reach_the_terminal_as_it_is() {
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
fn a_module_without_a_memory_of_its_own_is_refused() {
    refused(
        r#"(func (export "_start"))"#,
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
fn loops_run_whatever_memory_there_is() {
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
        &["has a table of 100000000 elements, and 1048576 are allowed"],
    );
    let many = format!(
        r#"(memory (export "memory") 1) {} (func (export "_start"))"#,
        "(table 1 funcref)".repeat(9)
    );
    refused(&many, &["has 9 tables, and 8 are allowed"]);
    let memories = format!(
        r#"(memory (export "memory") 1) {} (func (export "_start"))"#,
        "(memory 1)".repeat(8)
    );
    refused(&memories, &["has 9 memories, and 8 are allowed"]);
}

#[test]
fn proposals_that_the_host_does_not_have_are_refused_with_advice() {
    for (wat, expected) in [
        (
            "(memory 1 1 shared)",
            "uses threads (a shared memory, or atomic instructions), which is not supported; build it without `-pthread`, for `wasm32-wasip1`",
        ),
        (
            "(func (drop (i32.atomic.load (i32.const 0))))",
            "uses threads",
        ),
        (
            "(tag)",
            "uses exceptions, which is not supported; build it with `-fno-exceptions`",
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

#[test]
fn the_names_of_a_module_do_not_make_its_traps_large() {
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
fn a_loop_that_is_longer_than_what_runs_between_two_looks_still_goes_on() {
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

/// The files in a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The only file in a directory.
#[track_caller]
fn only_file(directory: &Path) -> PathBuf {
    let files = files(directory);
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// Returns the exit code of a program with a cache.
fn exit_code(cache: &Path, module: &[u8]) -> u32 {
    let mut builder = Program::builder();
    let program = builder.cache_dir(cache).build(module).unwrap();
    program.command().status().unwrap().code()
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
fn what_is_in_the_cache_is_not_compiled_again() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("not/there/yet");
    let body = "(local.set $i (i32.mul (local.get $i) (i32.const 77)))".repeat(100);
    let functions = format!("(func (param $i i32) {body})").repeat(500);
    let module = wat::parse_str(format!("(module {EXIT_7} {functions})")).unwrap();
    let time = || {
        let (code, took) = took(|| exit_code(&cache, &module));
        assert_eq!(code, 7);
        took
    };
    let compiled = time();
    let content = fs::read(only_file(&cache)).unwrap();
    assert_within(compiled / 4, "what was compiled already", time);
    assert_eq!(fs::read(only_file(&cache)).unwrap(), content);
}

/// A module that takes very long to compile: thousands of products that a loop does not
/// change are kept in registers, or next to them, from before the loop to its end.
fn slow_to_compile() -> Vec<u8> {
    let products: String = (0..2_500)
        .map(|number| {
            format!(
                "(global.set $g (i32.mul (local.get $i) (i32.const {})))
                 (br_if $out (i32.load8_u (i32.const 0)))",
                number * 7919 + 13
            )
        })
        .collect();
    wat::parse_str(format!(
        r#"(module
            (memory (export "memory") 1)
            (global $g (mut i32) (i32.const 0))
            (func (export "_start") (local $i i32)
                (local.set $i (i32.load (i32.const 0)))
                (block $out (loop $more {products} (br_if $more (global.get $g))))))"#
    ))
    .unwrap()
}

/// Names the directory that the process of a test below compiles into.
const COMPILE_INTO: &str = "COMPILE_INTO";

#[test]
#[ignore = "the test below starts it, in processes of its own"]
fn compile_what_a_file_has() {
    let Some(cache) = std::env::var_os(COMPILE_INTO) else {
        return;
    };
    let module = fs::read(Path::new(&cache).with_extension("wasm")).unwrap();
    let mut builder = Program::builder();
    builder.cache_dir(cache).build(module).unwrap();
}

#[test]
fn a_process_that_can_be_ended_compiles_for_this_one() {
    let scratch = tempfile::tempdir().unwrap();
    let compiled = |name: &str, module: &[u8], limit| {
        let cache = scratch.path().join(name);
        fs::write(cache.with_extension("wasm"), module).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "compile_what_a_file_has"])
            .env(COMPILE_INTO, &cache)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() && start.elapsed() < limit {
            thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        (cache, status.success())
    };

    let module = wat::parse_str(EXIT_7).unwrap();
    let (cache, is_done) = compiled("quick", &module, Duration::from_secs(60));
    assert!(is_done);
    let made = fs::metadata(only_file(&cache)).unwrap().modified().unwrap();
    assert_eq!(exit_code(&cache, &module), 7);
    let file = only_file(&cache);
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), made);

    let (cache, is_done) = compiled("slow", &slow_to_compile(), Duration::from_secs(2));
    assert!(!is_done);
    // A file that is not complete is ignored: another module is compiled and stored.
    assert_eq!(exit_code(&cache, &module), 7);
}

#[test]
fn a_cached_program_is_that_of_the_module_and_of_what_stops_it() {
    let cache = tempfile::tempdir().unwrap();
    let exit = |code: &str| wat::parse_str(EXIT_7.replace('7', code)).unwrap();
    for code in [5, 6, 5, 6] {
        assert_eq!(exit_code(cache.path(), &exit(&code.to_string())), code);
    }
    assert_eq!(files(cache.path()).len(), 2);
    let mut builder = Program::builder();
    builder.cache_dir(cache.path()).interruptible(true);
    for fuel in [false, true] {
        let program = builder.metered(fuel).build(exit("5")).unwrap();
        let mut command = program.command();
        command.timeout(Duration::from_secs(20));
        if fuel {
            command.fuel(1_000);
        }
        assert_eq!(command.status().unwrap().code(), 5);
    }
    assert_eq!(files(cache.path()).len(), 4);
}

#[test]
fn a_broken_entry_of_the_cache_is_compiled_again_and_replaced() {
    let cache = tempfile::tempdir().unwrap();
    let module = wat::parse_str(EXIT_7).unwrap();
    assert_eq!(exit_code(cache.path(), &module), 7);
    let file = only_file(cache.path());
    let whole = fs::read(&file).unwrap();
    let other = wat::parse_str(EXIT_7.replace('7', "8")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(exit_code(elsewhere.path(), &other), 8);
    let foreign = fs::read(only_file(elsewhere.path())).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    let cut_off = whole[..whole.len() - 100].to_vec();
    for broken in [foreign, flipped, cut_off, Vec::new(), vec![0; whole.len()]] {
        fs::write(&file, broken).unwrap();
        assert_eq!(exit_code(cache.path(), &module), 7);
        assert_eq!(
            fs::read(only_file(cache.path())).unwrap().len(),
            whole.len()
        );
    }
}

#[test]
fn a_cache_that_cannot_be_used_does_no_harm() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let module = wat::parse_str(EXIT_7).unwrap();
    for cache in [file.clone(), file.join("below")] {
        assert_eq!(exit_code(&cache, &module), 7);
    }
}

#[test]
fn many_threads_share_a_cache() {
    let cache = tempfile::tempdir().unwrap();
    let module = wat::parse_str(EXIT_7).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(exit_code(cache.path(), &module), 7));
        }
    });
    only_file(cache.path());
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let scratch = tempfile::tempdir().unwrap();
    let cache = scratch.path().join("cache");
    let module = wat::parse_str(EXIT_7).unwrap();
    assert_eq!(exit_code(&cache, &module), 7);
    let file = only_file(&cache);
    assert_eq!((mode(&cache), mode(&file)), (0o700, 0o600));
    fs::remove_file(&file).unwrap();
    for by_others in [0o770, 0o777, 0o702] {
        set_mode(&cache, by_others);
        assert_eq!(exit_code(&cache, &module), 7);
        assert_eq!(files(&cache).len(), 0, "{by_others:o}");
    }
}
