use wasi_program::wasi_program;

#[wasi_program("modules/library.wat")]
trait Counter {}

fn main() {}
