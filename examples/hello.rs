//! A word in, a line out: a C program called like a function.
//!
//!     cargo run --example hello
//!     cargo run --example hello -- Ada
//!
//! The program is `guests/hello.c`, compiled for WASI. Nothing but its native
//! code is in this binary: no compiler, no file beside it, no child process.

use wasi_program::{Error, wasi_program};

/// Greets `name`.
#[wasi_program("guests/hello.wasm", args = [name])]
fn hello(name: &str) -> Result<String, Error>;

fn main() -> Result<(), Error> {
    let name = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "world".to_owned());
    print!("{}", hello(&name)?);
    Ok(())
}
