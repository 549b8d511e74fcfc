//! Timeouts: a program is stopped in time, whatever it does, and nothing of that is seen
//! by the next one.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use tests::guests::{ENDLESS, LEAVES, MISBEHAVES, assert_the_next_runs, silent};
use tests::process::{is_alone, test_process};
use tests::timing::{self, assert_in_time};
use wasi_program::{Command, Error, Program, Stdio, wasi_program};

/// Loops in its start function.
#[wasi_program("guests/start_loops.wat", interrupt = true)]
static START_LOOPS: Program;

/// Runs a command, which does not end by itself, and says how late it was stopped.
#[track_caller]
fn late(command: &mut Command, timeout: Duration) -> Duration {
    let (result, late) = timing::late(timeout, || command.timeout(timeout).output());
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_eq!(error.stdout(), b"started\n");
    late
}

#[test]
fn a_program_is_stopped_in_time_whatever_it_does() {
    for export in ENDLESS {
        assert_in_time(export, || {
            let (mut command, _silent) = silent(export);
            late(command.memory_limit(1 << 30), Duration::from_millis(100))
        });
        assert_the_next_runs();
    }
}

#[test]
fn a_program_that_uses_gigabytes_is_stopped_in_time_too() {
    for export in ["fill", "random"] {
        eprintln!("{export}");
        assert_in_time(export, || {
            let (mut command, _silent) = silent(export);
            late(&mut command, Duration::from_millis(1500))
        });
    }
    assert_in_time("a write of everything to a file", || {
        let (mut command, _silent) = silent("write_much");
        let file = tempfile::tempfile().unwrap();
        command.memory_limit(1 << 30).stdout(file);
        let timeout = Duration::from_millis(300);
        let (result, late) = timing::late(timeout, || command.timeout(timeout).output());
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
        late
    });
    assert_the_next_runs();
}

#[test]
fn a_start_function_that_never_ends_is_stopped_too() {
    assert_in_time("the start function", || {
        late(&mut START_LOOPS.command(), Duration::from_millis(50))
    });
}

#[test]
fn many_that_time_out_at_once_are_all_stopped_in_time() {
    const PROGRAMS: usize = 64;
    assert_in_time("one of many", || {
        let ready = Barrier::new(PROGRAMS);
        let deadline = Instant::now() + Duration::from_secs(1);
        let run = |i: usize| {
            let (mut command, _silent) = silent(["loop", "store", "compute", "read"][i % 4]);
            ready.wait();
            command.timeout(deadline.saturating_duration_since(Instant::now()));
            let error = command.output().unwrap_err();
            assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
            deadline.elapsed()
        };
        thread::scope(|scope| {
            let run = &run;
            let runs: Vec<_> = (0..PROGRAMS).map(|i| scope.spawn(move || run(i))).collect();
            let late = runs.into_iter().map(|run| run.join().unwrap());
            late.max().unwrap()
        })
    });
}

#[test]
fn a_program_that_ends_in_time_is_not_stopped() {
    let mut command = MISBEHAVES.command();
    command.export("nothing");
    for timeout in [Duration::from_secs(60), Duration::MAX] {
        assert!(command.timeout(timeout).output().is_ok());
    }
    // A deadline of one run is none of the next. Nothing else on the machine takes so long
    // that a run misses its own.
    let timeout = Duration::from_secs(1);
    let started = Instant::now();
    while started.elapsed() < 2 * timeout {
        command.timeout(timeout).output().unwrap();
    }
    let error = command.timeout(Duration::ZERO).output().unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
}

#[test]
fn the_error_says_how_long_it_may_take_and_where_it_was() {
    let (mut command, _silent) = silent("recurse");
    let error = command
        .timeout(Duration::from_millis(50))
        .output()
        .unwrap_err();
    assert_eq!(error.to_string(), "`misbehaves` took longer than 50ms");
    let name = error.frames().first().and_then(|frame| frame.demangled());
    assert_eq!(name.as_deref(), Some("tree"));
    assert!(
        format!("{error:?}").contains("wasm backtrace:\n   0: `tree`"),
        "{error:?}"
    );
}

#[test]
fn the_attribute_sets_a_timeout_as_text_or_by_an_expression() {
    #[wasi_program("guests/misbehaves.wat", export = "loop", timeout = "50ms")]
    fn for_50_ms() -> Result<(), Error>;

    #[wasi_program("guests/misbehaves.wat", export = "loop", timeout = limit)]
    fn for_some_time(limit: Duration) -> Result<(), Error>;

    for error in [
        for_50_ms().unwrap_err(),
        for_some_time(Duration::from_millis(50)).unwrap_err(),
    ] {
        assert!(
            matches!(error, Error::Timeout { timeout, .. } if timeout == Duration::from_millis(50)),
            "{error:?}"
        );
    }
}

#[test]
fn a_program_that_cannot_be_stopped_says_so_instead_of_running() {
    #[wasi_program("guests/echo.wasm")]
    static ECHO: Program;

    let error = ECHO.command().timeout(Duration::MAX).output().unwrap_err();
    assert!(matches!(error, Error::NotInterruptible { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "`echo` is not interruptible, which a timeout requires; add `interrupt = true` to its \
         attribute, or call `interruptible(true)` on its builder"
    );
    let mut command = ECHO.command();
    let _handle = command.cancel_handle();
    assert!(matches!(
        command.output(),
        Err(Error::NotInterruptible { .. })
    ));
    assert!(matches!(
        ECHO.command().spawn(),
        Err(Error::NotInterruptible { .. })
    ));
}

/// The standard output is a file, which takes all that it is given.
#[test]
fn a_run_does_not_wait_while_another_writes_to_the_same_output() {
    let file = tempfile::tempfile_in("/dev/shm").or_else(|_| tempfile::tempfile());
    let mut alone = test_process("timeouts::beside_a_run_that_writes_much");
    let status = alone.stdout(file.unwrap()).status().unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "the test above runs it, in a process of its own"]
fn beside_a_run_that_writes_much() {
    if !is_alone() {
        return;
    }
    assert_in_time("a run beside one that writes", || {
        let writes = || LEAVES.command().arg("w").stdout(Stdio::inherit()).status();
        thread::scope(|scope| {
            let writer = scope.spawn(writes);
            thread::sleep(Duration::from_millis(30));
            let mut command = MISBEHAVES.command();
            command.export("loop").stdout(Stdio::inherit());
            let timeout = Duration::from_millis(20);
            let (result, late) = timing::late(timeout, || command.timeout(timeout).status());
            assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
            assert!(writer.join().unwrap().unwrap().success());
            late
        })
    });
}
