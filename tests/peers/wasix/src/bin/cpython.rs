//! An application whose only guest is CPython: see `peers::whole`. It reads a file that
//! was compiled before.

use std::time::Instant;

use peers::Result;
use peers::whole::{Request, report_loaded};
use peers_wasix::{Host, deserialize};
use wasmer::Engine;

fn main() -> Result<()> {
    let started = Instant::now();
    let request = Request::from_arguments()?;
    let engine = Engine::default();
    let module = deserialize(&engine, &request.file)?;
    if request.only_load {
        return report_loaded(started);
    }
    Host::new(engine)?.inherited(&module, &request.args)
}
