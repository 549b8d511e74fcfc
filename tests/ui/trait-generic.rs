use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter<T> {
    fn increment(&mut self, by: T) -> Result<i32, Error>;
    fn is_even<U>(&mut self, number: U) -> Result<bool, Error>;
}

fn main() {}
