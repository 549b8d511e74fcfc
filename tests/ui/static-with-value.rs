use wasi_program::wasi_program;

#[wasi_program("modules/hello.wat")]
static PROGRAM: u32 = 1;

fn main() {
    let _ = PROGRAM;
}
