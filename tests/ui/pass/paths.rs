//! Every form of a path.
#![deny(warnings)]

use wasi_program::{Error, wasi_program};

#[wasi_program(concat!("../modules/", "hello", '.', "wat"))]
fn concatenated() -> Result<(), Error>;

// Of the variables that cargo sets, this one holds the same everywhere.
#[wasi_program("../modules/${CARGO_PKG_VERSION_PRE}hello.wat")]
fn variable() -> Result<(), Error>;

#[wasi_program(concat!("../modules/", env!("CARGO_PKG_VERSION_PRE"), "hello.wat"))]
fn env_macro() -> Result<(), Error>;

fn main() -> Result<(), Error> {
    concatenated()?;
    variable()?;
    env_macro()
}
