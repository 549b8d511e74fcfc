use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello\0.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
