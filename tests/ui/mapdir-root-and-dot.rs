use wasi_program::{Error, wasi_program};

#[wasi_program("modules/hello.wat", mapdir = { "/" = work, "." = cache })]
fn program(work: &str, cache: &str) -> Result<(), Error>;

fn main() {
    let _ = program("a", "b");
}
