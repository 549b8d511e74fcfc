use wasi_program::{Error, wasi_program};

type Answer<T> = Result<T, Error>;

#[wasi_program("modules/library.wat")]
trait Library {
    #[error]
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
    #[error(i32)]
    fn is_even(&mut self, number: i32) -> Answer<bool>;
}

#[wasi_program("modules/hello.wat")]
#[error(i32)]
fn hello() -> Result<String, Error>;

fn main() {}
