use wasi_program::{Error, wasi_program};

#[wasi_program("modules/empty.wasm")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
