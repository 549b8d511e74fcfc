use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    fn reset(&mut self) -> Result<(), Error>;
}

fn main() {}
