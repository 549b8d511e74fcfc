use wasi_program::wasi_program;

struct Answer;

#[wasi_program("modules/hello.wat")]
fn program() -> Answer;

fn main() {
    let _ = program();
}
