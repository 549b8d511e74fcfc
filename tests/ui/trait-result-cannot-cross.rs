use wasi_program::{Error, wasi_program};

struct Number;

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&mut self, by: i32) -> Result<Number, Error>;
}

fn main() {}
