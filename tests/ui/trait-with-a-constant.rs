use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    const START: i32;
    type Number;
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
}

fn main() {}
