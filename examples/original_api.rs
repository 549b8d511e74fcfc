//! cargo run --example original_api --features jit,wasmer-api
//!
//! A program, step by step, with the API of Wasmer's WASI module.

use std::error::Error;

use wasi_program::wasi::{self, StateBuilder};
use wasi_program::wasmer::{Instance, Module, Store};

fn main() -> Result<(), Box<dyn Error>> {
    // The module's bytes, which may come from anywhere.
    let bytes = include_bytes!("guests/word_count.wasm");

    // A store, and the module, compiled.
    let mut store = Store::default();
    let module = Module::new(&store, bytes)?;

    // WASI exists in several versions, which do not work the same way: this tells which
    // one the module was built for.
    let version = wasi::get_version(&module, true).ok_or("this is not a WASI module")?;
    println!("built for {version}");

    // The environment has everything that the program sees of the world. Its streams are
    // this process's.
    let environment = StateBuilder::new("word_count")
        .argument("/data")
        .environment("COLOR", "true")
        .environment("APP_SHOULD_LOG", "false")
        .map_directory("/data", concat!(env!("CARGO_MANIFEST_DIR"), "/texts"))
        .finalize()?;

    // To a module, WASI is a number of imports.
    let imports = environment.generate_import_object(&mut store, version);
    let instance = Instance::new(&mut store, &module, &imports)?;

    // The environment works on the instance's memory.
    environment.set_memory(instance.exports.get_memory("memory")?.clone());

    // Here we go. A program that calls `proc_exit` ends its run with an error of the
    // engine's.
    let start = instance.exports.get_function("_start")?;
    match start.call(&mut store, &[]) {
        Ok(_) => println!("it returned"),
        Err(error) => println!("{}", error.downcast::<wasi::Exit>()?.status()),
    }
    Ok(())
}
