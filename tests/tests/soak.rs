//! A million calls, and calls from many threads: what they leave behind, and whether they
//! stand in each other's way. These take minutes, and are run by hand:
//!
//!     cargo test --release -p tests --test soak -- --ignored --nocapture --test-threads 1

#![cfg(target_os = "linux")]

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use tests::resources::Used;
use wasi_program::{Error, wasi_program};

/// Greets with its arguments.
#[wasi_program(
    "../examples/guests/hello.wasm",
    args = [name],
    env = { "GREETING" = "Hello" },
)]
fn hello(name: &str) -> Result<String, Error>;

const CALLS: u32 = 1_000_000;

fn greet(index: u32) {
    let name = format!("number {index}");
    assert_eq!(
        hello(&name).expect("it greets"),
        format!("Hello, {name}!\n")
    );
}

#[test]
#[ignore = "takes minutes"]
fn a_million_calls_leave_no_memory_or_descriptors() {
    (0..10_000).for_each(greet);
    let before = Used::now();
    for tenth in 0..10 {
        let started = Instant::now();
        thread::scope(|scope| {
            for half in 0..2 {
                let from = (tenth * 2 + half) * CALLS / 20;
                scope.spawn(move || (from..from + CALLS / 20).for_each(greet));
            }
        });
        let now = Used::settled(before);
        println!(
            "{:>9} calls: {now:?}, {:.2} us a call on each of two threads",
            (tenth + 1) * CALLS / 10,
            started.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS / 20),
        );
        assert!(now.memory <= before.memory + 2048, "{before:?}");
        assert_eq!(now.descriptors, before.descriptors);
        assert_eq!(now.threads, before.threads);
    }
}

/// Returns the number of calls a second that so many threads make together.
fn rate(threads: usize) -> f64 {
    const TIME: Duration = Duration::from_secs(2);
    let ready = Barrier::new(threads + 1);
    let mut started = Instant::now();
    let calls: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    greet(0);
                    ready.wait();
                    let start = Instant::now();
                    let mut calls = 0;
                    while start.elapsed() < TIME {
                        greet(calls as u32);
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        ready.wait();
        started = Instant::now();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("it counts"))
            .sum()
    });
    // Some get their turn late, and end late.
    calls as f64 / started.elapsed().as_secs_f64()
}

#[test]
#[ignore = "takes seconds, and a machine with nothing else to do"]
fn many_threads_make_calls_in_proportion_to_the_processors() {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let best = |threads| (0..3).map(|_| rate(threads)).fold(0.0, f64::max);
    let few = best(processors);
    for threads in [8, 64] {
        let many = best(threads);
        println!("{processors} threads: {few:.0} calls a second; {threads}: {many:.0}");
        assert!(many >= 0.8 * few, "threads stand in each other's way");
    }
}
