use wasi_program::wasi_program;

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&mut self, by: i32) -> Result<i32, String>;
}

fn main() {}
