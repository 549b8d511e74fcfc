use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", host = "wasmtime")]
fn hello() -> Result<String, Error>;

fn main() {}
