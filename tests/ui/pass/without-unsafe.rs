//! What is generated is allowed where unsafe code is not, and draws no warning.

#![forbid(unsafe_code)]
#![deny(warnings)]

use wasi_program::{Error, Program, wasi_program};

/// Greets.
#[wasi_program("../../../examples/guests/hello.wasm", args = [name])]
pub fn hello(name: &str) -> Result<String, Error>;

/// Greets.
#[wasi_program("../../../examples/guests/hello.wasm")]
pub static HELLO: Program;

fn main() -> Result<(), Error> {
    assert_eq!(hello("Ada")?, "Hello, Ada!\n");
    HELLO.load()
}
