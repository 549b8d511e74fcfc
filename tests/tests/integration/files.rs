//! The guest that does one file operation and prints its result: `guests/files.c`.

use wasi_program::{Command, Mount, Program, wasi_program};

#[wasi_program("guests/files.wasm")]
pub static FILES: Program;

/// Returns its output with the directory mounted as `/m`.
pub fn files(mount: impl Into<Mount>, arguments: &[&str]) -> String {
    result(FILES.command().args(arguments).map_dir("/m", mount))
}

/// Returns the output of one of its commands.
pub fn result(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.code() <= 1, "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}
