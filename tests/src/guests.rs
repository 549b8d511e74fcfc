//! Guests that several tests run.

use wasi_program::{Command, Program, Stdio, wasi_program};

/// A guest that never ends, or takes as much as it can get: `guests/misbehaves.wat`.
#[wasi_program("guests/misbehaves.wat", interrupt = true)]
pub static MISBEHAVES: Program;

/// A guest that makes the host work when it is stopped: `guests/leaves.wat`.
#[wasi_program("guests/leaves.wat", interrupt = true)]
pub static LEAVES: Program;

/// All that only ends when it is stopped.
pub const ENDLESS: &[&str] = &[
    "loop",
    "store",
    "compute",
    "br_table",
    "recurse",
    "recurse_deep",
    "unwind",
    "calls_host",
    "sleep",
    "wait_for_input",
    "read",
    "grow",
    "fill",
    "copy_memory",
    "random",
    "long_path",
    "poll",
    "table",
];

/// A guest that uses its streams in several ways: `guests/streams.wat`.
#[wasi_program("guests/streams.wat", interrupt = true)]
pub static STREAMS: Program;

/// A command that waits for an input that never comes, and the end of it that would.
pub fn silent(export: &str) -> (Command, std::io::PipeWriter) {
    let (read, write) = std::io::pipe().unwrap();
    let mut command = MISBEHAVES.command();
    command
        .export(export)
        .stdin(Stdio::from(std::fs::File::from(
            std::os::fd::OwnedFd::from(read),
        )));
    (command, write)
}

/// A program that behaves runs as ever.
#[track_caller]
pub fn assert_the_next_runs() {
    let output = MISBEHAVES.command().export("nothing").output().unwrap();
    assert!(output.status.success());
}
