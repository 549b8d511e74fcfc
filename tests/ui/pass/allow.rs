//! What is allowed may be imported, and more may be allowed than is.
#![deny(warnings)]

use wasi_program::{Error, Program, wasi_program};

/// In C, with arguments and an environment.
#[wasi_program(
    "../../../examples/guests/hello.wasm",
    args = ["world"],
    allow = [stdio, environment],
)]
fn prints() -> Result<String, Error>;

/// In Rust; a map of its own takes random numbers.
#[wasi_program(
    "../../../examples/guests/tally.wasm",
    stdin = lines,
    allow = [stdio, environment, random],
)]
fn reads_lines(lines: Vec<u8>) -> Result<String, Error>;

/// What is useful for streams and files alike is allowed by either.
#[wasi_program("../../../examples/guests/counter.wasm", export = "report", allow = [files])]
static COUNTER: Program;

#[wasi_program("../modules/reads-files.wat", allow = [clocks, files])]
fn reads_files() -> Result<(), Error>;

/// To end takes nothing.
#[wasi_program("../modules/hello.wat", allow = [])]
fn ends() -> Result<(), Error>;

#[wasi_program("../modules/snapshot0.wat", allow = [])]
fn snapshot0() -> Result<(), Error>;

#[wasi_program("../modules/mixed-files.wat", strict = false, allow = [random, clocks, files,])]
fn mixed() -> Result<(), Error>;

#[wasi_program(
    "../modules/hello.wat",
    allow = [files, clocks, random, environment, stdio, sockets],
)]
fn everything() -> Result<(), Error>;

fn main() -> Result<(), Error> {
    assert!(prints()?.contains("world"));
    assert!(reads_lines(b"a\nb\na\n".to_vec())?.starts_with("2 a"));
    assert_eq!(COUNTER.command().output()?.stdout, b"0\n");
    reads_files()?;
    ends()?;
    snapshot0()?;
    mixed()?;
    everything()
}
