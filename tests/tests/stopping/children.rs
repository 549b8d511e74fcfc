//! Programs that run beside their callers: how they end, and what is left of them.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tests::guests::{ENDLESS, MISBEHAVES, STREAMS, assert_the_next_runs, silent};
use tests::process::{alone, is_alone};
use tests::timing::{assert_in_time, assert_soon};
use wasi_program::{Child, ChildStdout, Error, StandardStream, Stdio};

/// The number of bytes that `both` writes to each of its outputs.
const BOTH: usize = 256 << 10;

/// `EPIPE`.
pub(crate) const BROKEN: u32 = 64;

/// Long enough for a program to get where it waits.
pub(crate) const A_WHILE: Duration = Duration::from_millis(50);

/// A program of `guests/streams.wat`, with a pipe for each of its streams. Where it should
/// end and does not, no test waits for ever.
pub(crate) fn spawn(export: &str) -> Child {
    let mut command = STREAMS.command();
    command
        .export(export)
        .stdin(Stdio::piped())
        .timeout(Duration::from_secs(10));
    command.spawn().unwrap()
}

pub(crate) fn all(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Returns the first line of its output, and the output, which is taken from the child. The
/// child goes on.
pub(crate) fn first_line(child: &mut Child) -> (String, BufReader<ChildStdout>) {
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    (line, stdout)
}

#[test]
fn waiting_closes_the_input_and_returns_the_same_status_each_time() {
    let mut child = spawn("_start");
    for _ in 0..2 {
        assert!(child.wait().unwrap().success());
    }
    assert!(child.try_wait().unwrap().unwrap().success());
    assert!(child.stdin.is_none());

    let mut child = MISBEHAVES.command().export("overflow").spawn().unwrap();
    let errors = [child.wait(), child.wait()].map(Result::unwrap_err);
    for error in &errors {
        assert!(matches!(error, Error::Trap { .. }), "{error:?}");
    }
    assert_eq!(format!("{:?}", errors[0]), format!("{:?}", errors[1]));
    let error = child.try_wait().unwrap_err();
    assert!(matches!(error, Error::Trap { .. }), "{error:?}");
}

#[test]
fn a_child_has_a_status_after_its_program_has_ended() {
    let mut child = spawn("_start");
    thread::sleep(A_WHILE);
    assert_eq!(child.try_wait().unwrap(), None);
    drop(child.stdin.take());
    assert_soon("it has ended", || child.try_wait().unwrap().is_some());
    // There is nothing left to stop.
    child.kill();
    assert!(child.wait().unwrap().success());
}

#[test]
pub(crate) fn all_outputs_are_collected_to_the_end() {
    let output = spawn("both").wait_with_output().unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (BOTH, BOTH));
    assert!(output.stdout.starts_with(b"hello\n"));
    assert!(output.status.success());

    // The end of its input is the end of one that reads it.
    assert!(spawn("_start").wait_with_output().unwrap().status.success());
    // The bytes that the caller has read already are the caller's.
    let mut child = spawn("both");
    let mut read = [0; 10_000];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut read)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout.len(), BOTH - read.len());
    // And so is an output that it took.
    let mut child = spawn("both");
    let stderr = child.stderr.take().unwrap();
    let output = thread::scope(|scope| {
        scope.spawn(|| assert_eq!(all(stderr).len(), BOTH));
        child.wait_with_output().unwrap()
    });
    assert_eq!((output.stdout.len(), output.stderr.len()), (BOTH, 0));
}

#[test]
fn the_output_of_a_program_that_traps_is_kept() {
    let error = spawn("both_and_trap").wait_with_output().unwrap_err();
    assert!(matches!(error, Error::Trap { .. }), "{error:?}");
    assert_eq!((error.stdout().len(), error.stderr().len()), (BOTH, BOTH));

    let mut command = STREAMS.command();
    command
        .export("both_and_loop")
        .timeout(Duration::from_millis(500));
    let error = command.spawn().unwrap().wait_with_output().unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_eq!((error.stdout().len(), error.stderr().len()), (BOTH, BOTH));
}

#[test]
fn the_collected_output_of_a_child_is_limited() {
    // Less than it writes, less than a pipe holds, and as much as it writes.
    for limit in [BOTH - 1, 100, BOTH] {
        // At once, and when the program has written what it can.
        for after in [Duration::ZERO, A_WHILE] {
            let mut command = STREAMS.command();
            command.export("both").output_limit(limit as u64);
            let child = command.spawn().unwrap();
            thread::sleep(after);
            let result = child.wait_with_output();
            if limit == BOTH {
                assert_eq!(result.unwrap().stdout.len(), BOTH);
                continue;
            }
            let error = result.unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::OutputLimit {
                        stream: StandardStream::Stdout,
                        ..
                    }
                ),
                "{error:?}"
            );
            assert_eq!(error.stdout().len(), limit);
            assert!(error.stderr().len() <= limit);
        }
    }
    // Of a program that has ended already, too.
    let mut command = STREAMS.command();
    let mut child = command.export("return").output_limit(5).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    let error = child.wait_with_output().unwrap_err();
    assert!(matches!(error, Error::OutputLimit { .. }), "{error:?}");
    assert_eq!(error.stdout(), b"hello");
}

#[test]
fn a_child_that_is_dropped_is_stopped_in_time_wherever_it_is() {
    for export in ENDLESS {
        assert_in_time(export, || {
            let (mut command, _silent) = silent(export);
            let mut child = command.memory_limit(1 << 30).spawn().unwrap();
            let (line, _stdout) = first_line(&mut child);
            assert_eq!(line, "started\n");
            thread::sleep(Duration::from_millis(10));
            assert_eq!(child.try_wait().unwrap(), None);
            let dropped = Instant::now();
            drop(child);
            dropped.elapsed()
        });
    }
    assert_the_next_runs();
}

#[test]
fn dropping_a_child_waits_until_it_has_stopped() {
    let input: Arc<[u8]> = Arc::from(*b"what the program holds");
    let mut command = MISBEHAVES.command();
    command.export("loop").stdin(Arc::clone(&input));
    let mut child = command.spawn().unwrap();
    drop(command);
    let _started = first_line(&mut child);
    drop(child);
    assert_eq!(Arc::strong_count(&input), 1);
}

#[test]
fn dropped_children_leave_no_threads_or_descriptors() {
    alone("children::drops_children");
}

/// In a process of its own, whose threads are all its own.
#[test]
#[ignore = "runs in a process of its own"]
fn drops_children() {
    fn threads() -> usize {
        std::fs::read_dir("/proc/self/task").unwrap().count()
    }

    if !is_alone() {
        return;
    }
    let before = threads();
    for export in ["loop", "sleep", "read", "write", "copy"] {
        let mut idle = STREAMS.command().stdin(Stdio::piped()).spawn().unwrap();
        let mut command = MISBEHAVES.command();
        command
            .export(export)
            .stdin(idle.stdout.take().unwrap())
            .stderr(Stdio::writer(std::io::sink()));
        let _child = command.spawn().unwrap();
        thread::sleep(Duration::from_millis(10));
        // Both programs, and what reads and writes for the second.
        assert_soon("only their threads are there", || threads() == before + 4);
    }
    assert_soon("no thread is left", || threads() == before);
}
