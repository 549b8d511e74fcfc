use wasi_program::{Error, wasi_program};

#[wasi_program("modules/many-memories.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
