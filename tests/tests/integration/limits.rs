//! Limits: what a program may use at most, and what happens when it wants more.

use std::time::{Duration, Instant};

use wasi_program::{
    Error, ErrorKind, ExitStatus, Mount, Output, Program, StandardStream, TrapKind, wasi_program,
};

/// Writes bytes: `guests/bytes.c`.
#[wasi_program("guests/bytes.wasm")]
static BYTES: Program;

/// Grows its memory as far as it can: `guests/grow.wat`.
#[wasi_program("guests/grow.wat")]
static GROW: Program;

#[wasi_program("guests/echo.wasm")]
static ECHO: Program;

#[wasi_program("guests/bytes.wasm", args = [megabytes], output = "1MiB")]
fn at_most_a_mebibyte(megabytes: u32) -> Result<Output, Error>;

#[wasi_program("guests/grow.wat", memory = pages * 65536)]
fn grow_to(pages: u64) -> Result<ExitStatus, Error>;

#[wasi_program("guests/grow.wat", memory = 196_608)]
fn grow_to_three() -> Result<ExitStatus, Error>;

/// Asserts that another program runs after one has reached its limit, in the same process.
fn assert_the_next_runs() {
    assert_eq!(grow_to(7).unwrap().code(), 7);
}

#[test]
fn a_program_that_exceeds_the_output_limit_is_stopped_and_its_output_is_kept() {
    let error = at_most_a_mebibyte(2).unwrap_err();
    let Error::OutputLimit {
        stream,
        limit,
        stdout,
        ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!((*stream, *limit), (StandardStream::Stdout, 1 << 20));
    assert_eq!(stdout.len(), 1 << 20);
    assert!(stdout.iter().enumerate().all(|(i, byte)| *byte == i as u8));
    assert_eq!(
        error.to_string(),
        "`bytes` wrote more than 1 MiB to its stdout"
    );
    assert_the_next_runs();
}

#[test]
fn a_program_that_reaches_the_output_limit_is_not_stopped() {
    assert_eq!(at_most_a_mebibyte(1).unwrap().stdout.len(), 1 << 20);
    let mut command = BYTES.command();
    let error = command.arg("1").output_limit((1 << 20) - 1).output();
    assert!(matches!(error, Err(Error::OutputLimit { .. })));
    let error = command.output_limit(0).output().unwrap_err();
    assert!(error.stdout().is_empty());
}

#[test]
fn endless_output_is_stopped_at_64_mebibytes() {
    // As good as endless: it would take more memory than there is.
    let error = BYTES.command().arg("100000").output().unwrap_err();
    assert!(matches!(error, Error::OutputLimit { .. }), "{error}");
    assert_eq!(error.stdout().len(), 64 << 20);
    assert_the_next_runs();
}

#[test]
fn memory_grows_up_to_its_limit() {
    for pages in [2, 3, 100] {
        assert_eq!(u64::from(grow_to(pages).unwrap().code()), pages);
    }
    assert_eq!(grow_to_three().unwrap().code(), 3);
    // Less than a page more is no page more.
    let mut command = GROW.command();
    let grown = command.memory_limit(4 * 65536 + 65535).status().unwrap();
    assert_eq!(grown.code(), 4);
    assert_eq!(GROW.command().status().unwrap().code(), 1000);
}

#[wasi_program("guests/two_memories.wat", memory = pages * 65536)]
fn grow_two_to(pages: u64) -> Result<ExitStatus, Error>;

#[test]
fn the_memory_limit_counts_all_memories_together() {
    assert_eq!(grow_two_to(10).unwrap().code(), 10);
    assert_eq!(grow_two_to(11).unwrap().code(), 11);
    assert_eq!(grow_two_to(2).unwrap().code(), 2);
    assert!(matches!(grow_two_to(1), Err(Error::MemoryLimit { .. })));
}

#[test]
fn a_program_whose_initial_memory_exceeds_the_limit_does_not_run() {
    let error = grow_to(1).unwrap_err();
    assert!(matches!(error, Error::MemoryLimit { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "`grow` needs 128 KiB of memory to start, and may have 64 KiB"
    );
    assert_the_next_runs();
}

#[test]
fn the_memory_limit_applies_to_one_run_and_not_to_its_thread() {
    assert_eq!(grow_to(2).unwrap().code(), 2);
    assert_eq!(GROW.command().status().unwrap().code(), 1000);
    std::thread::scope(|scope| {
        for pages in 2..10 {
            scope.spawn(move || {
                for _ in 0..20 {
                    assert_eq!(u64::from(grow_to(pages).unwrap().code()), pages);
                }
            });
        }
    });
}

/// A guest that takes as much as it can get: `guests/misbehaves.wat`.
#[wasi_program("guests/misbehaves.wat", mapdir = { "/m" = Mount::memory().file("file", "x") })]
static MISBEHAVES: Program;

#[test]
fn a_program_gets_at_most_1024_descriptors() {
    let output = MISBEHAVES.command().export("open").output().unwrap();
    // Three streams and a directory are open when it starts.
    assert_eq!(output.status.code(), 1020);
    assert_the_next_runs();
}

#[test]
fn endless_recursion_is_a_stack_overflow() {
    let error = MISBEHAVES.command().export("overflow").output();
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::Trap { trap, .. } if trap.kind == Some(TrapKind::StackOverflow)),
        "{error:?}"
    );
    assert_eq!(error.stdout(), b"started\n");
    assert_the_next_runs();
}

#[test]
fn a_report_has_the_resources_that_a_run_used() {
    let started = Instant::now();
    let mut command = BYTES.command();
    let output = command.arg("2").stdin("unread").output().unwrap();
    let took = started.elapsed();
    let report = output.report();
    assert!(report.wall_time > Duration::ZERO && report.wall_time <= took);
    assert_eq!(
        (report.bytes_read, report.bytes_written),
        (Some(0), Some(2 << 20))
    );
    assert!(report.memory >= 2 * 65536 && report.memory.is_multiple_of(65536));
    assert_eq!(report.fuel, None);
    // As much as it had in the end.
    let grown = GROW.command().memory_limit(7 << 16).output().unwrap();
    assert_eq!(grown.report().memory, 7 << 16);
    // The report is not part of the comparison.
    assert_eq!(command.output().unwrap(), command.output().unwrap());

    let echo = ECHO.command().stdin("some input").output().unwrap();
    assert_eq!(echo.report().bytes_read, Some(10));
    assert_eq!(echo.report().bytes_written, Some(echo.stdout.len() as u64));
}

#[test]
fn an_error_reports_the_resources_that_the_run_used() {
    let error = at_most_a_mebibyte(2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputLimit);
    assert_eq!(error.program(), Some("bytes"));
    let report = error.report().expect("the program ran");
    assert!(report.wall_time > Duration::ZERO);
    assert!(report.memory >= 2 * 65536);
    assert!(report.bytes_written.is_some_and(|written| written > 0));

    let error = GROW.command().memory_limit(0).output().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MemoryLimit);
    assert_eq!(error.report(), None);
}

#[test]
fn a_status_is_not_subject_to_the_output_limit() {
    let mut command = BYTES.command();
    command.arg("2").output_limit(1);
    assert!(command.status().unwrap().success());
    assert_eq!(command.output().unwrap_err().kind(), ErrorKind::OutputLimit);
}
