#[wasi_program::imports]
pub trait Env {
    fn log(&mut self, level: i32, message: &str);
}

#[wasi_program::imports("env", root = wasi_program)]
pub trait Other {
    fn log(&mut self, level: i32, message: &str);
}

fn main() {}
