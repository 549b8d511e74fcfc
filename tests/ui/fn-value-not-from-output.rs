use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat")]
fn program() -> Result<u32, Error>;

fn main() {
    let _ = program();
}
