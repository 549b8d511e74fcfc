use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
trait Counter {
    fn incremnt(&mut self, by: i32) -> Result<i32, Error>;

    #[export = "isEven"]
    fn even(&mut self, number: i32) -> Result<bool, Error>;
}

fn main() {
    let mut counter = CounterInstance::new().unwrap();
    let _: i32 = counter.incremnt(1).unwrap();
}
