use wasi_program::{Error, wasi_program};

#[wasi_program("modules/allocates.wat")]
trait Markdown {
    fn render(&mut self, text: &str) -> Result<String, Error>;
}

fn main() {}
