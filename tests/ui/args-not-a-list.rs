use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", args = "Ada")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
