//! Compiles guests ahead of time: `compile MODULE FILE`.

use std::{env, fs};

use peers::Result;
use wasmer::sys::{Cranelift, EngineBuilder};
use wasmer::{Engine, Module};

fn main() -> Result<()> {
    let mut words = env::args_os().skip(1);
    let (Some(module), Some(file)) = (words.next(), words.next()) else {
        return Err("usage: compile MODULE FILE".into());
    };
    let engine: Engine = EngineBuilder::new(Cranelift::default()).into();
    Module::new(&engine, fs::read(module)?)?.serialize_to_file(file)?;
    Ok(())
}
