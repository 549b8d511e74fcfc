use wasi_program::wasi_program;

#[wasi_program("modules/hello.wat")]
trait Counter {
    fn increment(&mut self) -> i32;
}

fn main() {}
