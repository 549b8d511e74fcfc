//! Handles that cancel runs of a command from another thread.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tests::guests::{ENDLESS, MISBEHAVES, assert_the_next_runs, silent};
use tests::timing::{assert_in_time, assert_soon};
use wasi_program::{Error, Output, Stdio};

/// Long enough for a program to get where it stays.
const A_WHILE: Duration = Duration::from_millis(20);

#[track_caller]
fn assert_cancelled(result: Result<Output, Error>) -> Error {
    match result {
        Err(error @ Error::Cancelled { .. }) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn runs_are_cancelled_in_time_wherever_they_are() {
    for export in ENDLESS {
        assert_in_time(export, || {
            let (mut command, _silent) = silent(export);
            let handle = command.memory_limit(1 << 30).cancel_handle();
            thread::scope(|scope| {
                let run = scope.spawn(|| (command.output(), Instant::now()));
                thread::sleep(A_WHILE);
                let cancelled = Instant::now();
                handle.cancel();
                let (result, ended) = run.join().unwrap();
                // One that has not got there yet says nothing.
                match assert_cancelled(result).stdout() {
                    b"started\n" => ended.saturating_duration_since(cancelled),
                    _ => Duration::MAX,
                }
            })
        });
    }
    assert_the_next_runs();
}

#[test]
fn a_cancelled_command_stays_cancelled() {
    let mut command = MISBEHAVES.command();
    let handle = command.export("nothing").cancel_handle();
    assert!(!handle.is_cancelled());
    let done = command.output().unwrap();
    handle.cancel();
    handle.cancel();
    assert!(handle.is_cancelled() && command.cancel_handle().is_cancelled());
    // An earlier result is not affected.
    assert!(done.status.success());
    for _ in 0..2 {
        let error = assert_cancelled(command.output());
        assert_eq!(error.to_string(), "`misbehaves` was cancelled");
    }
    let spawned = command.spawn().unwrap().wait();
    assert!(
        matches!(spawned, Err(Error::Cancelled { .. })),
        "{spawned:?}"
    );
    // Other commands of the program are not meant.
    assert_the_next_runs();
}

#[test]
fn clones_of_a_command_are_cancelled_with_it() {
    let (mut command, _silent) = silent("read");
    let handle = command.cancel_handle();
    // One that runs, one that is a child, and one that did not start.
    let (mut running, mut spawning, mut later) =
        (command.clone(), command.clone(), command.clone());
    let mut child = spawning.spawn().unwrap();
    thread::scope(|scope| {
        let runs = [
            scope.spawn(|| command.output()),
            scope.spawn(|| running.output()),
        ];
        thread::sleep(A_WHILE);
        assert_eq!(child.try_wait().unwrap(), None);
        handle.clone().cancel();
        for run in runs {
            assert_cancelled(run.join().unwrap());
        }
    });
    assert!(matches!(child.wait(), Err(Error::Cancelled { .. })));
    assert_cancelled(later.output());
}

#[test]
fn a_child_that_has_ended_is_not_cancelled() {
    let mut command = MISBEHAVES.command();
    let handle = command.export("nothing").cancel_handle();
    let mut child = command.spawn().unwrap();
    assert_soon("it has ended", || child.try_wait().unwrap().is_some());
    handle.cancel();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_run_that_times_out_is_not_cancelled() {
    let (mut command, _silent) = silent("read");
    let handle = command.cancel_handle();
    let error = command.timeout(A_WHILE).output().unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    handle.cancel();
    command.timeout(Duration::from_secs(60));
    assert_cancelled(command.output());
}

#[test]
fn a_run_can_be_cancelled_by_its_output_writer() {
    // A writer is called on another thread than the program's, but while the run waits.
    struct Cancels(Mutex<Option<wasi_program::CancelHandle>>);
    impl std::io::Write for Cancels {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if let Some(handle) = self.0.lock().unwrap().take() {
                handle.cancel();
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut command = MISBEHAVES.command();
    let handle = command.export("loop").cancel_handle();
    let cancels = Cancels(Mutex::new(Some(handle)));
    assert_cancelled(command.stdout(Stdio::writer(cancels)).output());
}

#[test]
fn one_handle_cancels_runs_of_several_commands() {
    let handle = wasi_program::CancelHandle::default();
    let mut commands = [MISBEHAVES.command(), MISBEHAVES.command()];
    for command in &mut commands {
        command.export("loop").cancel_with(&handle);
    }
    thread::scope(|scope| {
        let runs = commands
            .iter_mut()
            .map(|command| scope.spawn(|| command.output()));
        let runs: Vec<_> = runs.collect();
        thread::sleep(A_WHILE);
        handle.cancel();
        for run in runs {
            assert_cancelled(run.join().unwrap());
        }
    });
}
