use wasi_program::{Error, wasi_program};

#[wasi_program(crate_dir = "../guests/crates/library")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
