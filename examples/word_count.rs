//! A program that reads files: it sees one directory of the host, read-only.
//!
//!     cargo run --example word_count
//!     cargo run --example word_count -- path/to/a/directory
//!
//! The program is `guests/word_count.rs`, a Rust program compiled for WASI.

use std::path::{Path, PathBuf};

use wasi_program::{Error, Mount, wasi_program};

/// Counts the lines, words and bytes of the files in `directory`.
#[wasi_program(
    "guests/word_count.wasm",
    args = ["/data"],
    mapdir = { "/data" = Mount::host(directory).read_only() },
)]
fn word_count(directory: &Path) -> Result<String, Error>;

fn main() -> Result<(), Error> {
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let directory = std::env::args_os().nth(1).map_or_else(here, PathBuf::from);
    print!("{}", word_count(&directory)?);

    // A directory that is not there is an error that says so, not a panic.
    if let Err(error) = word_count(Path::new("no/such/directory")) {
        println!("\nand elsewhere: {error}");
    }
    Ok(())
}
