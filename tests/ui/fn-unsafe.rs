use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat")]
unsafe fn program() -> Result<(), Error>;

fn main() {
    let _ = unsafe { program() };
}
