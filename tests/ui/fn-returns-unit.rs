use wasi_program::wasi_program;

#[wasi_program("modules/hello.wat")]
fn program() -> ();

fn main() {
    program();
}
