use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", backend = wasmer)]
fn hello() -> Result<String, Error>;

fn main() {}
