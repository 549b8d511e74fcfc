use wasi_program::wasi_program;

#[wasi_program("modules/library.wat")]
trait Counter {
    fn increment(&mut self, by: i32) -> i32;
    fn is_even(&mut self, number: i32);
}

fn main() {}
