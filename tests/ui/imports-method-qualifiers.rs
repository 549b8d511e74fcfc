#[wasi_program::imports("env")]
pub trait Env {
    fn free(level: i32);
    fn consumes(self, level: i32);
    async fn waits(&mut self);
    unsafe fn dares(&mut self);
    extern "C" fn foreign(&mut self);
    fn generic<T>(&mut self, value: T);
    fn changes(&mut self, number: &mut u32);
    fn hides(&mut self, number: impl Into<u32>);
    fn destructures(&mut self, (a, b): (u32, u32));
    fn imports(&mut self);
    #[import(log)]
    fn named(&mut self);
}

fn main() {}
