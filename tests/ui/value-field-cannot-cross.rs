use std::collections::HashMap;

use wasi_program::Value;

#[derive(Value)]
struct Words {
    count: HashMap<String, u32>,
}

#[derive(Value)]
enum Answer {
    Text(String),
    Other(std::time::Duration),
}

fn main() {}
