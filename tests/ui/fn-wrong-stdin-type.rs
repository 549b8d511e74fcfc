use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", stdin = level)]
fn program(level: f32) -> Result<(), Error>;

fn main() {
    let _ = program(1.0);
}
