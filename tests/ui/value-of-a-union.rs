use wasi_program::Value;

#[derive(Value)]
union Bits {
    int: u32,
    float: f32,
}

fn main() {}
