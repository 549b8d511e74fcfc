use wasi_program::{Program, wasi_program};

#[wasi_program("modules/reactor.wat", export = "add")]
static PROGRAM: Program;

fn main() {}
