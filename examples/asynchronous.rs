//! Programs that are awaited: many at once, on the threads that tokio has for what blocks.
//!
//!     cargo run --example asynchronous --features tokio
//!
//! `guests/primes.wat` counts primes, `guests/ticks.wat` never ends.

use std::time::{Duration, Instant};

use wasi_program::{Error, wasi_program};

/// Counts the primes in a range.
#[wasi_program("guests/primes.wat", args = [from, to])]
async fn primes(from: u32, to: u32) -> Result<String, Error>;

#[wasi_program("guests/ticks.wat")]
async fn ticks() -> Result<String, Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Instant::now();
    let counts: Vec<_> = (0..8)
        .map(|i| tokio::spawn(primes(i * 50_000, (i + 1) * 50_000)))
        .collect();
    for (i, count) in counts.into_iter().enumerate() {
        let count = count.await.expect("no task panics")?;
        println!("from {:6}: {} primes", i * 50_000, count.trim());
    }
    println!("eight at once: {:.2?}", start.elapsed());

    // Whoever stops waiting stops the program.
    let listened = tokio::time::timeout(Duration::from_millis(300), ticks()).await;
    println!(
        "ticks: {}",
        if listened.is_err() {
            "enough of that"
        } else {
            "they ended"
        }
    );
    Ok(())
}
