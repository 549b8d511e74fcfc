//! The cost of a call of an exported function, on a live instance:
//!
//!     cargo bench -p tests --bench calls
//!
//! For each, the least of several rounds, a call.

#![allow(clippy::print_stdout, reason = "it is a report")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use wasi_program::{Error, Program, wasi_program};

#[wasi_program("guests/add.wat")]
trait Add {
    fn add(&mut self, a: i32, b: i32) -> Result<i32, Error>;
}

#[wasi_program("guests/add.wat")]
static ADD: Program;

#[wasi_program("guests/library.wat", timeout = "1min")]
trait Limited {
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
}

#[wasi_program("guests/canonical.wat")]
trait Canonical {
    fn greet(&mut self, name: &str) -> Result<String, Error>;
    fn echo_floats(&mut self, floats: &[f32]) -> Result<Vec<f32>, Error>;
    fn clear(&mut self) -> Result<(), Error>;
}

const ROUNDS: u32 = 15;

fn main() -> Result<(), Error> {
    let mut add = AddInstance::new()?;
    row("add(i32, i32)", 1_000_000, || {
        add.add(black_box(1), black_box(2))
    })?;

    let mut instance = ADD.instance()?;
    let typed = instance.typed::<(i32, i32), i32>("add")?;
    row("add by a handle", 1_000_000, || {
        typed.call(&mut instance, (black_box(1), black_box(2)))
    })?;

    let mut limited = LimitedInstance::new()?;
    row("a call with a timeout", 200_000, || {
        limited.increment(black_box(1))
    })?;

    let mut canonical = CanonicalInstance::new()?;
    row("greet(&str) -> String", 200_000, || {
        let greeting = canonical.greet(black_box("world"))?;
        canonical.clear()?;
        Ok(greeting)
    })?;

    let floats = vec![1.0_f32; 1_000_000];
    let echo = row("a million f32 and back", 20, || {
        let back = canonical.echo_floats(black_box(&floats))?;
        canonical.clear()?;
        Ok(back)
    })?;
    let copies = row("the same by two copies", 20, || {
        let there = black_box(&floats).clone();
        Ok(black_box(&there).clone())
    })?;
    println!(
        "{:.2} x two copies",
        echo.as_secs_f64() / copies.as_secs_f64()
    );

    row("a new instance and a call", 50_000, || {
        AddInstance::new()?.add(black_box(1), black_box(2))
    })?;
    row("with a memory", 50_000, || {
        CanonicalInstance::new()?.greet(black_box("world"))
    })?;
    Ok(())
}

/// Measures a call, and prints how long it takes.
fn row<T>(
    name: &str,
    calls: u32,
    mut call: impl FnMut() -> Result<T, Error>,
) -> Result<Duration, Error> {
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(call()?);
        }
        least = least.min(start.elapsed() / calls);
    }
    println!("{name:28} {least:>12?}");
    Ok(least)
}
