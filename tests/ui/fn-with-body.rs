use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat")]
fn program() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = program();
}
