use wasi_program::{Error, wasi_program};

#[wasi_program("modules/assembly-script.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
