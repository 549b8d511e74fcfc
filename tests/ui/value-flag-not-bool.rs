use wasi_program::Value;

#[derive(Value)]
#[value(flags)]
struct Access {
    read: bool,
    write: u8,
}

fn main() {}
