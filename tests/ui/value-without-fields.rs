use wasi_program::Value;

#[derive(Value)]
struct Nothing;

#[derive(Value)]
enum Never {}

fn main() {}
