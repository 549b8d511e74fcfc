use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", path = "modules/hello.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
