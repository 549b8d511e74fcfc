use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", crate_dir = "../guests/crates/greet")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
