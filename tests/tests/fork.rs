//! A process that is forked while other threads run programs: programs run in the child as
//! in any process, and are stopped in time.

#![cfg(unix)]

use std::io;
use std::os::fd::BorrowedFd;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wasi_program::{Command, Error, Program, TrapKind, wasi_program};

/// Shows its arguments and its input.
#[wasi_program("guests/echo.wasm", interrupt = true)]
static ECHO: Program;

/// Traps in the way that is its argument.
#[wasi_program("guests/traps.wasm", interrupt = true)]
static TRAPS: Program;

/// Never ends.
#[wasi_program("guests/misbehaves.wat", interrupt = true)]
static MISBEHAVES: Program;

/// The number of times that the process is forked.
const FORKS: u32 = 100;

/// After how many seconds a child is killed that has not ended.
const KILLED_AFTER: u32 = 10;

fn endless(export: &str, timeout: Duration) -> Result<(), String> {
    let started = Instant::now();
    match MISBEHAVES
        .command()
        .export(export)
        .timeout(timeout)
        .output()
    {
        Err(Error::Timeout { .. }) if started.elapsed() >= timeout => Ok(()),
        other => Err(format!("`{export}` ended with {other:?}")),
    }
}

fn trapping() -> Result<(), String> {
    match TRAPS.command().arg("divide").output() {
        Err(Error::Trap { trap, .. }) if trap.kind == Some(TrapKind::IntegerDivisionByZero) => {
            Ok(())
        }
        other => Err(format!("the program that divides ended with {other:?}")),
    }
}

fn echoing() -> Result<(), String> {
    let mut command: Command = ECHO.command();
    command.arg("word").timeout(Duration::from_secs(60));
    let output = command.output().map_err(|error| format!("{error:?}"))?;
    match output.stdout.windows(4).any(|bytes| bytes == b"word") {
        true => Ok(()),
        false => Err(format!("the output is {output:?}")),
    }
}

/// Each way in which a program can end.
fn each_way() -> Result<(), String> {
    echoing()?;
    endless("loop", Duration::from_millis(10))?;
    trapping()?;
    endless("sleep", Duration::from_millis(10))?;
    echoing()
}

/// Calls `each_way` in a child, which says on its standard error if that fails.
fn in_child() {
    // SAFETY: the child uses no thread and no lock of its parent, which is what is tested,
    // and ends here.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: it sets a timer, which ends the process.
        unsafe { libc::alarm(KILLED_AFTER) };
        let result = panic::catch_unwind(each_way);
        let result = result.unwrap_or_else(|_| Err("it panicked".to_owned()));
        if let Err(message) = &result {
            // Past the test's own capture, which the child has a copy of.
            // SAFETY: descriptor 2 is not closed as long as the tests run.
            let stderr = unsafe { BorrowedFd::borrow_raw(libc::STDERR_FILENO) };
            let _ = rustix::io::write(stderr, message.as_bytes());
        }
        // SAFETY: it ends the process.
        unsafe { libc::_exit(i32::from(result.is_err())) };
    }
    assert!(child > 0, "{}", io::Error::last_os_error());
    let mut status = 0;
    // SAFETY: `status` is where the answer goes.
    let ended = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(ended, child, "{}", io::Error::last_os_error());
    assert_ne!(
        (libc::WIFSIGNALED(status), libc::WTERMSIG(status)),
        (true, libc::SIGALRM),
        "the child hung"
    );
    assert_eq!(status, 0, "the child failed");
}

/// Forks while other threads do each of these over and over.
fn while_busy(works: &[fn() -> Result<(), String>]) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for work in works {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    work().unwrap();
                }
            });
        }
        let forked = panic::catch_unwind(|| (0..FORKS).for_each(|_| in_child()));
        done.store(true, Ordering::Relaxed);
        if let Err(panic) = forked {
            panic::resume_unwind(panic);
        }
    });
}

/// The watchdog is awake all the time, and its lock is taken twice in each run. A thread
/// that ends gives back what it kept for later runs.
#[test]
fn programs_run_and_are_stopped_in_children_of_a_busy_process() {
    while_busy(&[
        echoing,
        || echoing().and_then(|()| echoing()),
        || thread::spawn(echoing).join().unwrap(),
    ]);
}

#[test]
fn programs_run_and_are_stopped_in_children_of_a_process_whose_programs_trap() {
    while_busy(&[
        echoing,
        trapping,
        || endless("loop", Duration::from_millis(1)),
        || thread::spawn(echoing).join().unwrap(),
    ]);
}
