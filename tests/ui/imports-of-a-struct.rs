#[wasi_program::imports("env")]
pub struct Env;

#[wasi_program::imports("env")]
pub trait Empty {}

#[wasi_program::imports("env")]
pub trait Generic<T> {
    type Item;
    fn get(&self) -> u32;
}

fn main() {}
