use std::time::Duration;

pub struct Closed;

#[wasi_program::imports("env")]
pub trait Env {
    fn wait(&mut self, time: Duration);
    fn sleep(&mut self, time: &Duration);
    fn time(&mut self) -> Duration;
    fn fails(&mut self) -> Result<u32, Closed>;
}

fn main() {}
