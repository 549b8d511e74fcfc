use wasi_program::Value;

#[derive(Value)]
#[value(record)]
struct Point {
    #[value(rename = "left")]
    x: f32,
    #[value(name = 1)]
    y: f32,
}

fn main() {}
