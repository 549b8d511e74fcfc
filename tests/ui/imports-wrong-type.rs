use wasi_program::{Program, wasi_program};

#[wasi_program::imports("env")]
pub trait Env {
    fn read(&mut self, text: &str);
    fn list(&mut self, numbers: &[u64]);
    fn kind(&mut self, kind: u64) -> bool;
    fn letter(&mut self, letter: char);
    fn text(&mut self) -> String;
    fn again(&mut self);
    fn names(&mut self, names: &[String]);
}

#[wasi_program("../guests/imports_hostile.wat", imports = [Env])]
pub static LIBRARY: Program;

fn main() {}
