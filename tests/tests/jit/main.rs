//! Modules that are compiled at run time: the feature `jit`.

mod cache;
mod refused;
mod running;

use wasi_program::{Error, Program};

fn program(wat: &str) -> Result<Program, Error> {
    Program::new(wat::parse_str(wat).unwrap())
}

const EXIT_7: &str = r#"
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const 7)))"#;
