use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", memory = "64 megs", output = "1.5GiB")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
