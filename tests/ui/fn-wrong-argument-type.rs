use wasi_program::{Error, wasi_program};

struct Options;

#[wasi_program("modules/hello.wat", args = [options])]
fn program(options: Options) -> Result<(), Error>;

fn main() {
    let _ = program(Options);
}
