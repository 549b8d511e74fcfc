use wasi_program::wasi_program;

#[wasi_program("modules/hello.wat")]
pub struct Program;

fn main() {
    let _ = Program;
}
