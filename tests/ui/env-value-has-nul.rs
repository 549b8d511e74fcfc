use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", env = { "LC_ALL" = "C\0" })]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
