use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat", export = "increment")]
fn increment<T>(by: i32, _: T, (a, b): (i32, i32), c: impl Into<i32>) -> Result<i32, Error>;

fn main() {}
