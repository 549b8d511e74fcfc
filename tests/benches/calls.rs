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

#[wasi_program::imports("env")]
trait Env {
    fn next(&mut self, number: u32) -> u32;
    fn hear(&mut self, text: &str);
}

/// Counts the bytes that it hears.
struct Host(usize);

impl Env for Host {
    fn next(&mut self, number: u32) -> u32 {
        number + 1
    }

    fn hear(&mut self, text: &str) {
        self.0 += text.len();
    }
}

#[wasi_program("guests/imports_loop.wat", imports = [Env])]
trait Loops {
    fn count(&mut self, times: u32) -> Result<u32, Error>;
    fn say(&mut self, times: u32) -> Result<(), Error>;
}

const ROUNDS: u32 = 15;

/// The number of calls of the host in one call of the guest.
const TIMES: u32 = 1_000_000;

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

    let mut loops = LoopsInstance::new(Host(0))?;
    let counts = row("a million calls of the host", 1, || {
        loops.count(black_box(TIMES))
    })?;
    let says = row("a million, with a string", 1, || {
        loops.say(black_box(TIMES))
    })?;
    println!(
        "{:.1} and {:.1} ns for each",
        counts.as_secs_f64() * 1e9 / f64::from(TIMES),
        says.as_secs_f64() * 1e9 / f64::from(TIMES)
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
