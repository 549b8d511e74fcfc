use wasi_program::{Error, wasi_program};

#[wasi_program("modules/no-wasi.wat", strict = false)]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
