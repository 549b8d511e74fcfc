use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", env = ["LC_ALL=C"])]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
