//! Files that never touch a disk:
//!
//!     cargo run --example in_memory
//!
//! The guest, `guests/sort_lines.c`, reads a file and writes another. What it
//! reads is embedded in this binary; where it writes is in memory, and read from
//! there when it is done.

use wasi_program::include_dir::{self, Dir, include_dir};
use wasi_program::{Error, MemoryMount, Mount, wasi_program};

/// The files of this folder, as they were when this was compiled.
static TEXTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/texts");

/// Sorts the lines of an embedded text into a file of `results`.
#[wasi_program(
    "guests/sort_lines.wasm",
    args   = [format!("/texts/{text}"), "/results/sorted"],
    mapdir = {
        "/texts"   = Mount::embedded(&TEXTS),
        "/results" = results,
    },
)]
fn sort_lines(text: &str, results: &MemoryMount) -> Result<String, Error>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let results = Mount::memory().limit(1 << 20);
    let told = sort_lines("rivers.txt", &results)?;
    print!("{told}");
    print!("{}", String::from_utf8(results.read("sorted")?)?);
    Ok(())
}
