use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    #[export(increment)]
    fn increment(&mut self, by: i32) -> Result<i32, Error>;

    #[export = "is-even"]
    #[export = "even"]
    fn is_even(&mut self, number: i32) -> Result<bool, Error>;
}

fn main() {}
