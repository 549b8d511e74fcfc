//! Times of calls.

use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::guest::{HELLO, HELLO_OUTPUT};
use crate::worker::Peer;

/// The value in the middle; of an even number, the mean of the two. Not a number where
/// there is none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[odd / 2],
        even => f64::midpoint(values[even / 2 - 1], values[even / 2]),
    }
}

/// A time in nanoseconds, as all times are here.
#[must_use]
pub fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

/// Calls `hello` and looks at what it says.
fn hello<P: Peer>(peer: &P) -> Result<()> {
    match peer.run(&HELLO)? {
        output if output == HELLO_OUTPUT => Ok(()),
        other => Err(format!("hello said {:?}", String::from_utf8_lossy(&other)).into()),
    }
}

/// How long a call of `hello` takes: the median of so many, after some that do not count.
///
/// # Errors
///
/// Where a call fails, or does not say what it should.
pub fn calls<P: Peer>(peer: &P, count: usize) -> Result<f64> {
    for _ in 0..count.div_ceil(10) {
        hello(peer)?;
    }
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let started = Instant::now();
        hello(peer)?;
        times.push(nanoseconds(started.elapsed()));
    }
    Ok(median(times))
}

/// How long a call of `hello` takes in the mean, where so many threads call it so many
/// times each.
///
/// # Errors
///
/// Where a call fails, or does not say what it should.
pub fn throughput<P: Peer>(peer: &P, threads: usize, count: usize) -> Result<f64> {
    calls(peer, 1)?;
    let started = Instant::now();
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| (0..count).try_for_each(|_| hello(peer))))
            .collect();
        running
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    Ok(nanoseconds(started.elapsed()) / (threads * count) as f64)
}
