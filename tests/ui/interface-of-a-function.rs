use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat", export = "increment", interface = "ns:docs/index@1.0.0")]
fn increment(by: i32) -> Result<i32, Error>;

fn main() {}
