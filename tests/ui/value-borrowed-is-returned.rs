use wasi_program::{Error, Value, wasi_program};

#[derive(Value)]
struct Text<'a>(&'a str);

#[wasi_program("modules/library.wat")]
trait Library {
    fn increment(&mut self, by: i32) -> Result<Text<'static>, Error>;
}

fn main() {}
