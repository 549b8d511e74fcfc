use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat")]
trait Hello {
    fn greet(&mut self, name: &str) -> Result<String, Error>;
}

fn main() {}
