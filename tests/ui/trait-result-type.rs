use wasi_program::{Error, wasi_program};

type Number = f32;

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&mut self, by: i32) -> Result<Number, Error>;
    fn is_even(&mut self) -> Result<(), Error>;
}

fn main() {}
