use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", args = [pth])]
fn program(path: &str) -> Result<(), Error>;

fn main() {
    let _ = program("");
}
