use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat")]
async fn program() -> Result<(), Error>;

fn main() {
    drop(program());
}
