use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", host = "wasmer-wasi")]
fn hello() -> Result<String, Error>;

fn main() {}
