use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", preopen = [..dirs])]
fn program(dirs: &[&str]) -> Result<(), Error>;

fn main() {
    let _ = program(&[]);
}
