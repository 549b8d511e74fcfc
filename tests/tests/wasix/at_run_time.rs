//! Modules that need WASIX, and are compiled at run time: the features `wasix` and `jit`.

use super::*;

fn program(text: &str) -> Result<Program, Error> {
    Program::new(wat::parse_str(text).unwrap())
}

#[test]
fn functions_beyond_the_sandbox_are_refused() {
    let _alone = alone();
    for name in [
        "call_dynamic",
        "closure_prepare",
        "context_create",
        "context_switch",
        "dlopen",
        "fd_event",
        "fd_pipe",
        "port_bridge",
        "proc_exec3",
        "proc_fork",
        "proc_raise_interval",
        "proc_signal",
        "proc_snapshot",
        "proc_spawn2",
        "resolve",
        "sock_open",
        "sock_pair",
        "stack_checkpoint",
        // Each thread would have such a memory for itself.
        "thread_spawn_v2",
    ] {
        let program = program(&format!(
            r#"(import "wasix_32v1" "{name}" (func $f (param i32 i32) (result i32)))
               (import "wasix_32v1" "proc_exit" (func $exit (param i32)))
               (memory (export "memory") 1)
               (func (export "_start") (call $exit (call $f (i32.const 0) (i32.const 0))))"#
        ))
        .unwrap();
        // `ENOTSUP`.
        assert_eq!(program.command().status().unwrap().code(), 58, "{name}");
    }
}

#[test]
fn a_module_cannot_import_the_stop_flag() {
    let _alone = alone();
    for import in [
        r#"(import "wasi-program" "flag" (global $flag (mut i32)))"#,
        r#"(import "wasi-program" "stop" (func $stop))"#,
    ] {
        let error = program(&format!(
            r#"(import "wasix_32v1" "sched_yield" (func (result i32)))
               {import} (memory (export "memory") 1) (func (export "_start"))"#
        ))
        .unwrap_err();
        assert!(matches!(error, Error::Load { .. }), "{error}");
    }
}

#[test]
fn a_program_is_stopped_before_it_has_started() {
    let _alone = alone();
    let waits = "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))";
    for starts in [
        format!(r#"(func (export "_initialize") {waits})"#),
        r#"(func (export "_initialize") (drop (call $sleep (i64.const 1000000000000))))"#
            .to_owned(),
        r#"(func (export "_initialize") (loop (br 0)))"#.to_owned(),
        format!("(func $start {waits}) (start $start)"),
        "(func $start (loop (br 0))) (start $start)".to_owned(),
    ] {
        let program = program(&format!(
            r#"(import "wasix_32v1" "thread_sleep" (func $sleep (param i64) (result i32)))
               (import "env" "memory" (memory 1 1 shared))
               (export "memory" (memory 0))
               (func (export "_start"))
               {starts}"#
        ))
        .unwrap();
        assert_within(Duration::from_secs(1), &starts, || {
            let timeout = Duration::from_millis(100);
            let (result, late) = late(timeout, || program.command().timeout(timeout).output());
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Timeout { .. }), "{starts}: {error}");
            late
        });
    }
}

#[test]
fn threads_wait_for_each_other_in_one_memory_only() {
    let _alone = alone();
    for memories in [
        r#"(memory (export "memory") 1 1 shared)"#,
        r#"(import "env" "memory" (memory 1 1 shared)) (memory (export "memory") 1 1 shared)"#,
    ] {
        let error = program(&format!(
            r#"(import "wasix_32v1" "sched_yield" (func (result i32)))
               {memories} (func (export "_start"))"#
        ))
        .unwrap_err();
        let Error::Load { reason, .. } = error else {
            panic!("{error}")
        };
        assert!(reason.to_string().contains("shared memory"), "{reason}");
    }
}
