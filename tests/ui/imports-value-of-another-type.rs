use wasi_program::{Error, wasi_program};

#[wasi_program::imports("env")]
pub trait Env {
    fn log(&mut self, level: i32, message: &str);
}

#[wasi_program("../guests/plugin.wasm", export = "double", imports = { Env = 3, trap })]
pub fn double(number: u32) -> Result<u32, Error>;

fn main() {}
