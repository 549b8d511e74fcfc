use wasi_program::wasi_program;

#[wasi_program("modules/hello.wat")]
fn program() -> String;

fn main() {
    let _ = program();
}
