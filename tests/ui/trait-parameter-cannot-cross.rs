use std::path::Path;

use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&mut self, by: &Path) -> Result<i32, Error>;
}

fn main() {}
