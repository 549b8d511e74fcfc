//! Every key, with every form of its value.
#![deny(warnings)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use wasi_program::{Error, Program, Stdio, wasi_program};

#[wasi_program(
    path = "../modules/hello.wat",
    name = format!("{}!", "hello"),
    args = ["-v", file, 'c', 1, -2.5, true, ..rest.iter(), String::from("owned")],
    env = { "LC_ALL" = "C", key = 1, ..map },
    stdin = b"input".as_slice(),
    stdout = capture,
    stderr = null,
    timeout = "2s",
    fuel = 1_000_000,
    interrupt = true,
    version = snapshot1,
    strict = true,
    export = "_start",
    cpu = "baseline",
    crate = ::wasi_program,
)]
fn every_key(
    file: &Path,
    rest: &[&str],
    key: &str,
    map: &BTreeMap<String, String>,
) -> Result<(), Error>;

#[wasi_program(
    "../modules/hello.wat",
    args = rest.iter().map(|text| text.to_uppercase()),
    env = [("A", "b")],
    stdin = inherit,
    stdout = inherit,
    stderr = Stdio::piped(),
    version = latest
)]
fn expressions(rest: &[&str]) -> Result<(), Error>;

/// One directory, under both of the names that programs of 2019 look for.
#[wasi_program("../modules/hello.wat", mapdir = { "/" = directory, "." = &directory })]
fn both_names(directory: &Path) -> Result<(), Error>;

/// A duration and a number of one's own; and what only can be stopped.
#[wasi_program("../modules/hello.wat", timeout = limit, fuel = most)]
fn limits(limit: Duration, most: u64) -> Result<(), Error>;

#[wasi_program("../modules/hello.wat", interrupt = true, timeout = "150 ms")]
fn short() -> Result<(), Error>;

#[wasi_program("../modules/hello.wat", interrupt = false)]
fn never_stopped() -> Result<(), Error>;

#[wasi_program("../modules/hello.wat", cpu = "native")]
fn of_this_processor() -> Result<(), Error>;

/// Brackets that are not the whole value are part of an expression.
#[wasi_program("../modules/hello.wat", args = ["a", "b"].iter().rev())]
fn brackets() -> Result<(), Error>;

/// `?` works as in any function.
#[wasi_program("../modules/hello.wat", args = [number.parse::<i32>()?])]
fn question_mark(number: &str) -> Result<(), Box<dyn std::error::Error>>;

#[wasi_program("../modules/hello.wat", args = [], env = {}, preopen = [], mapdir = {}, stdin = null)]
fn empty() -> Result<(), Error>;

#[wasi_program("../modules/hello.wat", preopen = [dir], mapdir = { "/data" = dir, guest = "." })]
fn directories(dir: &Path, guest: &str) -> Result<(), Error>;

#[wasi_program("../modules/mixed.wat", strict = false)]
fn mixed() -> Result<(), Error>;

#[wasi_program("../modules/snapshot0.wat", version = snapshot0)]
fn snapshot0() -> Result<(), Error>;

#[wasi_program("../modules/reactor.wat", export = "render")]
fn export() -> Result<(), Error>;

#[wasi_program("../modules/hello.wat", name = "static", args = [std::process::id()], stdout = null)]
static PROGRAM: Program;

mod library {
    pub use wasi_program as reexported;
}

#[wasi_program("../modules/hello.wat", crate = crate::library::reexported)]
fn reexported() -> Result<(), Error>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let map = BTreeMap::from([("K".to_owned(), "v".to_owned())]);
    every_key(Path::new("file"), &["a", "b"], "KEY", &map)?;
    expressions(&["a"])?;
    brackets()?;
    question_mark("1")?;
    assert!(question_mark("one").is_err());
    empty()?;
    limits(Duration::MAX, 1_000_000)?;
    short()?;
    never_stopped()?;
    both_names(Path::new("."))?;
    directories(Path::new("."), "/here")?;
    mixed()?;
    snapshot0()?;
    export()?;
    reexported()?;
    PROGRAM.command().output()?;
    Ok(())
}
