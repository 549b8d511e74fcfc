//! An application whose only guest is `hello`: see `peers::whole`.

use std::time::Instant;

use peers::Result;
use peers::whole::{Request, report_loaded};
use wasi_program::{Program, wasi_program};

#[wasi_program("../../../examples/guests/hello.wasm", stdout = inherit)]
static HELLO: Program;

fn main() -> Result<()> {
    let started = Instant::now();
    let request = Request::from_arguments()?;
    if request.only_load {
        HELLO.load()?;
        return report_loaded(started);
    }
    HELLO.command().args(&request.args).output()?.exit_ok()?;
    Ok(())
}
