//! Shows a module before it is embedded: its imports, its exports, its size and the largest
//! parts, and a `#[wasi_program]` to paste.
//!
//!     cargo run --example inspect -- examples/guests/word_count.wasm
//!     cargo run --example inspect -- --json examples/guests/word_count.wasm
//!
//! It reads modules as the attribute does, with the attribute's own rules, and runs nothing.

mod facts;
mod imports;
mod json;
mod largest;
mod load;
mod names;
mod obstacles;
mod printable;
mod rust;
mod sections;
mod signature;
mod text;
mod types;
mod version;
mod wrapper;

use std::error::Error;
use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::exit;

use lexopt::prelude::*;

use facts::Facts;
use wrapper::Wrapper;

const USAGE: &str = "\
Prints what a WebAssembly module asks for and offers, how large it is, and how to embed it.

usage: inspect [--json] MODULE

  MODULE  a `.wasm` file, or a `.wat` one
  --json  prints the same as one JSON object, without leaving names out

The exit code is 1 where the file is no module, and 2 where the command line is wrong.";

struct Options {
    module: PathBuf,
    json: bool,
}

fn main() {
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => return println!("{USAGE}"),
        Err(error) => {
            eprintln!("inspect: {error}\n\n{USAGE}");
            exit(2);
        }
    };
    if let Err(error) = run(&options) {
        eprintln!("inspect: {error}");
        exit(1);
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let bytes = load::load(&options.module)?;
    let facts = Facts::read(&options.module, &bytes)?;
    let wrapper = Wrapper::new(&options.module, &facts);
    let report = match options.json {
        true => json::report(&facts, &wrapper),
        false => text::report(&options.module, &facts, &wrapper),
    };
    match io::stdout().write_all(report.as_bytes()) {
        // A reader such as `head` may have seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// `None` where only help is asked for.
fn parse() -> Result<Option<Options>, lexopt::Error> {
    let (mut module, mut json) = (None, false);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => json = true,
            Short('h') | Long("help") => return Ok(None),
            Value(path) if module.is_none() => module = Some(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    let module = module.ok_or("which module?")?;
    Ok(Some(Options { module, json }))
}
