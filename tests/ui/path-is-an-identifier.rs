use wasi_program::{Error, wasi_program};

#[wasi_program(HELLO)]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
