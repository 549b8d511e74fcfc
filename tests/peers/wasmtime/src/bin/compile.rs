//! Compiles guests ahead of time: `compile MODULE FILE`.

use std::{env, fs};

use peers::Result;
use peers_wasmtime::{Allocation, config};
use wasmtime::Engine;

fn main() -> Result<()> {
    let mut words = env::args_os().skip(1);
    let (Some(module), Some(file)) = (words.next(), words.next()) else {
        return Err("usage: compile MODULE FILE".into());
    };
    let engine = Engine::new(&config(Allocation::OnDemand))?;
    fs::write(file, engine.precompile_module(&fs::read(module)?)?)?;
    Ok(())
}
