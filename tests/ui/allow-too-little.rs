use wasi_program::{Error, wasi_program};

#[wasi_program("modules/reads-files.wat", allow = [stdio, environment])]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
