use wasi_program::{Error, wasi_program};

#[wasi_program("modules/all-of-files.wat", allow = [stdio])]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
