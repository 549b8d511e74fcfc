use wasi_program::{Error, wasi_program};

#[wasi_program("modules/reactor.wat", export = "add")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
