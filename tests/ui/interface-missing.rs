use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat", interface = "ns:docs/index@1.0.0")]
trait Library {
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
}

fn main() {}
