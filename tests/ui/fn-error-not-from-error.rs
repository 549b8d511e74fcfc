use wasi_program::wasi_program;

#[wasi_program("modules/hello.wat")]
fn program() -> Result<String, String>;

fn main() {
    let _ = program();
}
