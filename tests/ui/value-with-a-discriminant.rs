use wasi_program::Value;

#[derive(Value)]
enum Level {
    Low = 1,
    High = 10,
}

fn main() {}
