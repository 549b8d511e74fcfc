use wasi_program::{Error, wasi_program};

#[wasi_program(crate_dir = "../guests/crates/several", bin = "helo")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
