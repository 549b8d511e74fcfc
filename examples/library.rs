//! A library in C: its functions are methods, its state lives as long as the instance, and the
//! types are checked against the module when this is compiled.
//!
//!     cargo run --example library

use wasi_program::{Error, wasi_program};

/// A counter, built from `guests/counter.c`.
#[wasi_program("guests/counter.wasm", timeout = "1s")]
trait Counter {
    /// Adds `by`, and returns the new value.
    fn increment(&mut self, by: i32) -> Result<i32, Error>;

    /// Returns the value.
    fn value(&mut self) -> Result<i32, Error>;

    /// Prints the value.
    #[export = "report"]
    fn print(&mut self) -> Result<(), Error>;

    /// Not a function of the module, but an ordinary method.
    fn increment_twice(&mut self, by: i32) -> Result<i32, Error> {
        self.increment(by)?;
        self.increment(by)
    }
}

/// A stand-in for tests, which needs no module.
struct Always(i32);

impl Counter for Always {
    fn increment(&mut self, _: i32) -> Result<i32, Error> {
        Ok(self.0)
    }

    fn value(&mut self) -> Result<i32, Error> {
        Ok(self.0)
    }

    fn print(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

fn sum(counter: &mut impl Counter, numbers: &[i32]) -> Result<i32, Error> {
    for number in numbers {
        counter.increment(*number)?;
    }
    counter.value()
}

fn main() -> Result<(), Error> {
    let mut counter = CounterInstance::new()?;
    println!("1 + 2 + 3 = {}", sum(&mut counter, &[1, 2, 3])?);
    println!("and twice 18 more: {}", counter.increment_twice(18)?);
    counter.print()?;
    print!(
        "the library prints: {}",
        String::from_utf8_lossy(&counter.take_stdout())
    );

    // Each instance has a memory of its own.
    let mut other = CounterInstance::new()?;
    println!("another instance starts at {}", other.value()?);
    println!("a stand-in says {}", sum(&mut Always(7), &[1, 2, 3])?);
    Ok(())
}
