use wasi_program::{Error, wasi_program};

#[wasi_program("modules/go-for-the-browser.wat")]
fn program() -> Result<(), Error>;

fn main() {
    let _ = program();
}
