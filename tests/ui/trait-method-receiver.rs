use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&self, by: i32) -> Result<i32, Error>;
    fn is_even(number: i32) -> Result<bool, Error>;
}

fn main() {}
