use wasi_program::{Error, wasi_program};

#[wasi_program("modules/reactor.wat", export = render)]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
