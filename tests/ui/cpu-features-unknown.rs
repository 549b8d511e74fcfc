use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", cpu = "warp, native, i7")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
