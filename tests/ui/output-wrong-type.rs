use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", output = most)]
fn program(most: &str) -> Result<(), Error>;

fn main() {
    let _ = program("64MiB");
}
