use wasi_program::{Error, wasi_program};

#[wasi_program("modules/memory64.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
