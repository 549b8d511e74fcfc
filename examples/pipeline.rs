//! One program's output is the next one's input: `tokens | tally 5`.
//!
//!     cargo run --example pipeline
//!     cargo run --example pipeline -- path/to/a/text
//!
//! `guests/tokens.c` and `guests/tally.rs` are programs in C and in Rust.

use wasi_program::{Error, Output, wasi_program};

const TEXT: &str = "\
It was the best of times, it was the worst of times, it was the age of wisdom, \
it was the age of foolishness, it was the epoch of belief, it was the epoch of \
incredulity, it was the season of Light, it was the season of Darkness";

/// The words of `text`, one a line, in lower case.
#[wasi_program("guests/tokens.wasm", stdin = text)]
fn tokens(text: &str) -> Result<Vec<u8>, Error>;

/// The `most` lines that occur most often, with their counts.
#[wasi_program("guests/tally.wasm", args = [most], stdin = lines)]
fn tally(lines: Vec<u8>, most: usize) -> Result<Output, Error>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = match std::env::args_os().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => TEXT.to_owned(),
    };
    let output = tally(tokens(&text)?, 5)?.exit_ok()?;
    print!("{}", String::from_utf8(output.stdout)?);
    Ok(())
}
