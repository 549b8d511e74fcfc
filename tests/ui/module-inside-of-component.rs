use wasi_program::{Error, wasi_program};

#[wasi_program("modules/inside-of-component.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
