use wasi_program::{Error, wasi_program};

#[wasi_program("modules/memory-not-a-memory.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
