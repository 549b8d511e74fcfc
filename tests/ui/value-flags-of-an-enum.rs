use wasi_program::Value;

#[derive(Value)]
#[value(flags)]
enum Access {
    Read,
    Write,
}

fn main() {}
