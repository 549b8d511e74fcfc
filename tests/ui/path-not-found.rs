use wasi_program::{Error, wasi_program};

#[wasi_program("/nowhere/hello.wasm")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
