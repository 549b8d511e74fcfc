use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", stdout = "capture")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
