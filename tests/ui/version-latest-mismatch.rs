use wasi_program::{Error, wasi_program};

#[wasi_program("modules/snapshot0.wat", version = latest)]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
