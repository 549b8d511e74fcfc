use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", allow = [stdio, network])]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
