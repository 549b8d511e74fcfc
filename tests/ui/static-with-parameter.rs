use wasi_program::{Program, wasi_program};

#[wasi_program("modules/hello.wat", args = [dir])]
static PROGRAM: Program;

fn main() {
    let _ = PROGRAM.command();
}
