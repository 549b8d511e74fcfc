use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", mapdir = { "/data" = level })]
fn program(level: u8) -> Result<(), Error>;

fn main() {
    let _ = program(1);
}
