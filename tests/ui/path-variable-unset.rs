use wasi_program::{Error, wasi_program};

#[wasi_program("$WASI_PROGRAM_NOT_SET/hello.wasm")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
