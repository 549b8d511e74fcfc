use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
fn increment(by: i32) -> Result<i32, Error>;

fn main() {}
