use wasi_program::{Program, wasi_program};

#[wasi_program("../guests/plugin.wasm", imports = "env")]
pub static FIRST: Program;

#[wasi_program("../guests/plugin.wasm", imports = { Env })]
pub static SECOND: Program;

fn main() {}
