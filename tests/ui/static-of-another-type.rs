use wasi_program::wasi_program;

#[wasi_program("modules/hello.wat")]
static PROGRAM: u32;

fn main() {
    let _ = PROGRAM;
}
