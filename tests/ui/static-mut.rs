use wasi_program::{Program, wasi_program};

#[wasi_program("modules/hello.wat")]
static mut PROGRAM: Program;

fn main() {}
