use wasi_program::{Error, wasi_program};

#[wasi_program("modules/mixed-files.wat", strict = false, allow = [random])]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
