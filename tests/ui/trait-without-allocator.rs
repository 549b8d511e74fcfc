use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&mut self, by: &str) -> Result<i32, Error>;
}

fn main() {}
