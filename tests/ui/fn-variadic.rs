use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat")]
fn program(first: i32, _: ...) -> Result<(), Error>;

fn main() {
    let _ = program(1);
}
