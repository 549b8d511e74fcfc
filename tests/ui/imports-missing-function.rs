use wasi_program::{Error, wasi_program};

#[wasi_program::imports("env")]
pub trait Env {
    fn read(&mut self, text: &str);
    fn list(&mut self, numbers: &[u64]);
    fn letter(&mut self, letter: char);
    fn text(&mut self) -> String;
    fn again(&mut self);
    fn names(&mut self, names: &[String]);
}

#[wasi_program("../guests/imports_hostile.wat", imports = [Env])]
pub trait Library {
    fn again(&mut self) -> Result<(), Error>;
}

fn main() {}
