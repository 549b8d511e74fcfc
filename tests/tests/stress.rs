//! Thousands of programs at once, of which most go wrong in some way: each result is
//! the expected one, no output is lost, and nothing is left of any of them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tests::resources::Used;
use wasi_program::{Command, Error, ExitStatus, Program, Stdio, wasi_program};

/// Shows its arguments and its input.
#[wasi_program("guests/echo.wasm", interrupt = true)]
static ECHO: Program;

/// Exits with the status that is its argument.
#[wasi_program("guests/exit.wasm", interrupt = true)]
static EXIT: Program;

/// Writes `before`, warns, and traps in the way that is its argument.
#[wasi_program("guests/traps.wasm", interrupt = true)]
static TRAPS: Program;

/// A guest that never ends, or takes as much as it can get.
#[wasi_program("guests/misbehaves.wat", interrupt = true)]
static MISBEHAVES: Program;

#[wasi_program("guests/misbehaves.wat", fuel = u64::MAX)]
static METERED: Program;

const PROGRAMS: u32 = 10_000;
const THREADS: u32 = 64;

/// Different numbers for each program, and the same in each run of the test.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn milliseconds(&mut self, most: u64) -> Duration {
        Duration::from_micros(self.below(most * 1000))
    }
}

fn misbehaving(export: &str) -> Command {
    let mut command = MISBEHAVES.command();
    command.export(export);
    command
}

/// One that waits in the guest, in a sleep, in the host, or for input from a pipe.
fn endless(numbers: &mut Numbers) -> &'static str {
    const ENDLESS: [&str; 6] = ["loop", "recurse", "sleep", "calls_host", "fill", "table"];
    ENDLESS[numbers.below(ENDLESS.len() as u64) as usize]
}

/// Runs one program, which ends as it should, or panics.
fn run(index: u32) {
    let numbers = &mut Numbers(index.into());
    let word = format!("word {index}");
    let echoed = format!("arg 0 echo\narg 1 {word}\nstdin:\n{word}");
    match numbers.below(10) {
        0 => {
            let output = ECHO.command().arg(&word).stdin(&word).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), echoed);
        }
        1 => {
            let code = numbers.below(u64::from(u32::MAX)) as u32;
            let status = EXIT.command().arg(code.to_string()).status().unwrap();
            assert_eq!(status.code(), code);
        }
        2 => {
            let way = ["divide", "bounds", "stack", "abort"][numbers.below(4) as usize];
            let error = TRAPS.command().arg(way).output().unwrap_err();
            assert!(matches!(error, Error::Trap { .. }), "{way}: {error:?}");
            assert_eq!(error.stdout(), b"before");
        }
        3 => {
            let mut command = misbehaving(endless(numbers));
            command.memory_limit(8 << 20);
            let timeout = Duration::from_millis(30) + numbers.milliseconds(20);
            let error = command.timeout(timeout).output().unwrap_err();
            assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
            // It may not have come to anything in the time.
            assert!(matches!(error.stdout(), b"" | b"started\n"), "{error:?}");
        }
        4 => {
            let mut command = misbehaving(endless(numbers));
            command.memory_limit(8 << 20);
            let handle = command.cancel_handle();
            let delay = numbers.milliseconds(20);
            let error = thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(delay);
                    handle.cancel();
                });
                command.output().unwrap_err()
            });
            assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
        }
        5 => {
            let limit = 1 + numbers.below(1 << 20);
            let error = misbehaving("write").output_limit(limit).output();
            let error = error.unwrap_err();
            assert!(matches!(error, Error::OutputLimit { .. }), "{error:?}");
            assert_eq!(error.stdout().len() as u64, limit);
        }
        6 => {
            let fuel = numbers.below(10_000_000);
            let mut command = METERED.command();
            let error = command.export("loop").fuel(fuel).output().unwrap_err();
            assert!(matches!(error, Error::OutOfFuel { .. }), "{error:?}");
        }
        7 => {
            // More than a pipe holds, in and out.
            let text = word.repeat(numbers.below(20_000) as usize);
            let mut command = misbehaving("copy");
            let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            let output = thread::scope(|scope| {
                let text = &text;
                scope.spawn(move || std::io::Write::write_all(&mut stdin, text.as_bytes()));
                child.wait_with_output().unwrap()
            });
            assert_eq!(output.status, ExitStatus::default());
            assert!(output.stdout == text.as_bytes());
        }
        8 => {
            let mut command = misbehaving(endless(numbers));
            let mut child = command.memory_limit(8 << 20).spawn().unwrap();
            thread::sleep(numbers.milliseconds(5));
            if numbers.below(2) == 0 {
                child.kill();
                let error = child.wait().unwrap_err();
                assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
            }
        }
        _ => {
            let error = misbehaving("nothing").memory_limit(65536).output();
            assert!(matches!(error, Err(Error::MemoryLimit { .. })));
        }
    }
}

fn run_all(from: u32, to: u32) {
    let next = AtomicU32::new(from);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= to {
                        break;
                    }
                    run(index);
                }
            });
        }
    });
}

#[test]
fn ten_thousand_programs_with_faults_end_as_expected_and_leave_nothing() {
    // Files that a process opens once stay open.
    run(0);
    let before = Used::now();
    // Resources that are retained for the next run are not leaked, such as the stacks of
    // programs, and memory of the allocator for each thread.
    run_all(0, PROGRAMS / 2);
    let warm = Used::settled(before);
    run_all(PROGRAMS / 2, PROGRAMS);
    let after = Used::settled(before);
    println!("before {before:?}, warm {warm:?}, after {after:?}");
    assert!(after.threads <= before.threads, "{before:?} {after:?}");
    assert!(
        after.descriptors <= before.descriptors,
        "{before:?} {after:?}"
    );
    assert!(
        after.memory < warm.memory + (64 << 10),
        "{warm:?} {after:?}"
    );
}
