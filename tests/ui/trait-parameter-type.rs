use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&mut self, by: i64) -> Result<i32, Error>;
}

fn main() {}
