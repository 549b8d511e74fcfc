use wasi_program::{Program, wasi_program};

pub trait Env {
    fn read(&mut self, text: &str);
}

#[wasi_program("../guests/plugin.wasm", imports = [Env])]
pub static PLUGIN: Program;

fn main() {}
