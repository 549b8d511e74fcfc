use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat", export = "increment")]
fn increment(by: i64) -> Result<i32, Error>;

#[wasi_program("modules/library.wat", export = "increment")]
fn increment_by_text(by: &str) -> Result<i32, Error>;

fn main() {}
