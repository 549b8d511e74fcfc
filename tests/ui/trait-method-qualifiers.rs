use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    async fn increment(&mut self, by: i32) -> Result<i32, Error>;
    unsafe fn is_even(&mut self, number: i32) -> Result<bool, Error>;
}

fn main() {}
