use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat", export = "increment")]
trait Counter {
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
}

fn main() {}
