use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", timeout = "2s", interrupt = false)]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
