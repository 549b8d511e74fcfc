use wasi_program::{Error, wasi_program};

#[wasi_program("modules/foreign-imports.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
