use wasi_program::{Error, wasi_program};

#[wasi_program(crate_dir = "modules/hello.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
