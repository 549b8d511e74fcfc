use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", mapdir = { ..dirs })]
fn program(dirs: &[(&str, &str)]) -> Result<(), Error>;

fn main() {
    let _ = program(&[]);
}
