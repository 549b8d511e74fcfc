use wasi_program::{Error, wasi_program};

#[wasi_program("modules/start-signature.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
