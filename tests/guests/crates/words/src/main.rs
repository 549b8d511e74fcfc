//! Counts the words of its standard input. It needs the standard library.

use std::io::{self, Read as _};

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    println!("{}", text.split_whitespace().count());
    Ok(())
}
