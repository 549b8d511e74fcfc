use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", preopen = ["data"], mapdir = { "/data" = "cache" })]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
