use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", timeout = seconds)]
fn program(seconds: u64) -> Result<(), Error>;

fn main() {
    let _ = program(2);
}
