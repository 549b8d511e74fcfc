use wasi_program::{Error, wasi_program};

#[wasi_program("modules/wrong-import-signature.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
