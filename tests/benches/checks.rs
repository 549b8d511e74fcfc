//! What it costs that a program can be stopped, and that it counts what it does:
//!
//!     cargo bench -p tests --bench checks [-- --check]
//!
//! The same kernels, compiled with and without, in turns; the median of the ratios of
//! each round. With `--check` it fails where being interruptible costs more than 5 % in
//! the geometric mean of the loops.

#![allow(clippy::print_stdout, reason = "it is a report")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use wasi_program::{Error, Program, wasi_program};

#[wasi_program("guests/kernels.wasm")]
static PLAIN: Program;

#[wasi_program("guests/kernels.wasm", interrupt = true)]
static INTERRUPTIBLE: Program;

#[wasi_program("guests/kernels.wasm", fuel = u64::MAX)]
static METERED: Program;

/// Each loop, and how often it runs in one measurement.
const LOOPS: &[(&str, u32)] = &[
    ("sieve", 20),
    ("product", 30),
    ("hash", 40),
    ("permutations", 10),
    ("sort", 8),
    ("mandelbrot", 30),
    ("words", 25),
    ("count", 12),
];

/// What does nothing but call.
const CALLS: (&str, u32) = ("fibonacci", 30);

const ROUNDS: usize = 15;

/// What being interruptible may cost.
const MOST: f64 = 1.05;

fn main() -> Result<ExitCode, Error> {
    println!("kernel           plain   interruptible     metered");
    let mut product = 1.0;
    for kernel in LOOPS {
        product *= row(*kernel)?;
    }
    row(CALLS)?;
    let mean = product.powf(1.0 / LOOPS.len() as f64);
    println!("loops that can be stopped: {mean:.3} x in the mean, at most {MOST} x is wanted");
    let checked = std::env::args().any(|argument| argument == "--check");
    Ok(match checked && mean > MOST {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Measures one, and gives how many times as long it takes to be interruptible.
fn row((kernel, rounds): (&str, u32)) -> Result<f64, Error> {
    let (plain, interruptible, metered) = measure(kernel, rounds)?;
    println!(
        "{kernel:12} {:6.1} ms         {interruptible:5.3} x     {metered:5.3} x",
        plain.as_secs_f64() * 1e3
    );
    Ok(interruptible)
}

/// How long it takes, and how many times as long with the checks.
fn measure(kernel: &str, rounds: u32) -> Result<(Duration, f64, f64), Error> {
    let (mut times, mut interruptible, mut metered) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let plain = run(&PLAIN, kernel, rounds)?;
        let ratio = |other: Duration| other.as_secs_f64() / plain.as_secs_f64();
        interruptible.push(ratio(run(&INTERRUPTIBLE, kernel, rounds)?));
        metered.push(ratio(run(&METERED, kernel, rounds)?));
        times.push(plain.as_secs_f64());
    }
    let plain = Duration::from_secs_f64(median(times));
    Ok((plain, median(interruptible), median(metered)))
}

fn run(program: &Program, kernel: &str, rounds: u32) -> Result<Duration, Error> {
    let mut command = program.command();
    command.arg(kernel).arg(rounds.to_string());
    let started = Instant::now();
    command.output()?.exit_ok()?;
    Ok(started.elapsed())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
