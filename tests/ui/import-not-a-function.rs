use wasi_program::{Error, wasi_program};

#[wasi_program("modules/import-not-a-function.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
