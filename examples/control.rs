//! Programs that do not end by themselves: stopped after some time, after so much work,
//! from another thread, and when nobody listens any more.
//!
//!     cargo run --example control
//!
//! `guests/ticks.wat` prints `tick` ten times a second, for ever.

use std::io::{BufRead as _, BufReader};
use std::thread;
use std::time::Duration;

use wasi_program::{Error, Program, wasi_program};

/// Listens for some time.
#[wasi_program("guests/ticks.wat", timeout = time)]
fn ticks(time: Duration) -> Result<String, Error>;

/// To be run by hand, and stopped.
#[wasi_program("guests/ticks.wat", interrupt = true)]
static TICKS: Program;

/// Counts primes, if that is not too much work.
#[wasi_program("guests/primes.wat", fuel = 10_000_000)]
static PRIMES: Program;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The output until then is in the error.
    let error = ticks(Duration::from_millis(350)).expect_err("it never ends");
    let heard = String::from_utf8_lossy(error.stdout()).lines().count();
    println!("{error}; it said {heard} ticks");

    // Line by line, as they come. Dropping the child stops the program.
    let mut child = TICKS.command().spawn()?;
    let stdout = child.stdout.take().expect("outputs are piped by default");
    for (number, line) in (1..).zip(BufReader::new(stdout).lines().take(3)) {
        println!("{} {number}", line?);
    }
    drop(child);

    // From another thread.
    let mut command = TICKS.command();
    let handle = command.cancel_handle();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(250));
        handle.cancel();
    });
    println!("{}", command.output().expect_err("it is cancelled"));

    // After so much work, which is the same on every machine.
    for limit in ["1000", "1000000"] {
        match PRIMES.command().arg("0").arg(limit).output() {
            Ok(output) => println!("below {limit}: {:?}", output.report()),
            Err(error) => println!("below {limit}: {error}"),
        }
    }
    Ok(())
}
