//! An application whose only guest is `hello`: see `peers::whole`. It maps a file that was
//! compiled before, and allocates on demand, which is what suits a single call.

use std::time::Instant;

use peers::Result;
use peers::whole::{Request, report_loaded};
use peers_wasmtime::{Allocation, Loaded, config, deserialize};
use wasmtime::Engine;

fn main() -> Result<()> {
    let started = Instant::now();
    let request = Request::from_arguments()?;
    let engine = Engine::new(&config(Allocation::OnDemand))?;
    let module = deserialize(&engine, &request.file)?;
    if request.only_load {
        return report_loaded(started);
    }
    Loaded::new(&engine, &module)?.inherited(&request.args)
}
