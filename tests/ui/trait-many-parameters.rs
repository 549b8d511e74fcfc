use wasi_program::{Error, wasi_program};

#[wasi_program("modules/library.wat")]
#[rustfmt::skip]
trait Counter {
    fn increment(
        &mut self,
        a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32,
        i: i32, j: i32, k: i32, l: i32, m: i32, n: i32, o: i32, p: i32,
        one_too_many: i32,
    ) -> Result<i32, Error>;
}

fn main() {}
