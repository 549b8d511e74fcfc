//! One program, called from all cores at once.
//!
//!     cargo run --release --example parallel
//!
//! `guests/primes.wat` counts primes. It is loaded once; every call has an
//! instance and a memory of its own, so calls know nothing of each other.

use std::ops::Range;
use std::thread;
use std::time::Instant;

use wasi_program::{Error, Program, wasi_program};

/// Counts the primes in a range.
#[wasi_program("guests/primes.wat")]
static PRIMES: Program;

const MOST: u32 = 2_000_000;
const CHUNK: u32 = 50_000;

fn primes(range: Range<u32>) -> Result<u32, Error> {
    let output = PRIMES
        .command()
        .args([range.start.to_string(), range.end.to_string()])
        .output()?
        .exit_ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().parse().expect("the program prints a number"))
}

/// The sum over all chunks, shared out among so many threads.
fn count(threads: u32) -> Result<u32, Error> {
    let worker = |first: u32| -> Result<u32, Error> {
        (first * CHUNK..MOST)
            .step_by((threads * CHUNK) as usize)
            .map(|start| primes(start..start + CHUNK))
            .sum()
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || worker(first)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no worker panics"))
            .sum()
    })
}

fn main() -> Result<(), Error> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    // The first call loads the program.
    primes(0..10)?;
    for threads in [1, cores] {
        let start = Instant::now();
        let found = count(threads)?;
        let calls = MOST.div_ceil(CHUNK);
        println!(
            "{threads} threads, {calls} calls: {found} primes in {:.2?}",
            start.elapsed()
        );
    }
    Ok(())
}
