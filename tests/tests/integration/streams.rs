//! Sources and destinations of a program's streams.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Cursor, Read, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use wasi_program::{Command, Error, Program, Stdio, wasi_program};

#[wasi_program("guests/echo.wasm")]
static ECHO: Program;

#[wasi_program("guests/exit.wasm")]
static EXIT: Program;

/// A guest that uses its streams in several ways: `guests/streams.wat`.
#[wasi_program("guests/streams.wat", interrupt = true)]
pub(crate) static STREAMS: Program;

/// Bytes that tell where each of them is.
pub(crate) fn bytes(len: u32) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

/// Returns the number of bytes of each value, which does not depend on their order.
pub(crate) fn counts(bytes: &[u8]) -> [usize; 256] {
    let mut counts = [0; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    counts
}

/// Waits for what happens at some time.
#[track_caller]
pub(crate) fn assert_soon(what: &str, mut happened: impl FnMut() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(started.elapsed() < Duration::from_secs(10), "not: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Says to a test that it runs in a process of its own.
const ALONE: &str = "WASI_PROGRAM_TEST_ALONE";

/// Reports whether this process is one that [`alone`] made. Tests for such a process do
/// nothing elsewhere.
pub(crate) fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// This very program, to run a test that is ignored otherwise in a process of its own.
fn test_process(test: &str) -> process::Command {
    let mut command = process::Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(ALONE, "1");
    command
}

/// Runs such a test.
#[track_caller]
pub(crate) fn alone(test: &str) {
    let output = test_process(test).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Returns the part of its input that `echo` copies.
fn copied(stdin: impl Into<Stdio>) -> Vec<u8> {
    let output = ECHO.command().stdin(stdin).output().unwrap().stdout;
    output
        .strip_prefix(b"arg 0 echo\nstdin:\n")
        .unwrap()
        .to_vec()
}

#[test]
fn an_input_is_anything_that_holds_bytes() {
    assert_eq!(copied("text"), b"text");
    assert_eq!(copied(String::from("text")), b"text");
    assert_eq!(copied(b"\0\xff"), b"\0\xff");
    assert_eq!(copied(vec![1, 2]), [1, 2]);
    assert_eq!(copied(&[3u8, 4][..]), [3, 4]);
    assert_eq!(copied(Arc::<[u8]>::from([5, 6])), [5, 6]);
    assert_eq!(copied(Stdio::null()), b"");
}

#[test]
fn a_large_input_is_whole() {
    let large = bytes(5_000_000);
    assert!(copied(&large) == large);
}

#[test]
fn files_can_be_input_and_output() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::write(&from, "in a file").unwrap();
    let output = ECHO
        .command()
        .stdin(File::open(from).unwrap())
        .stdout(File::create(&to).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"");
    let mut text = String::new();
    File::open(to).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "arg 0 echo\nstdin:\nin a file");
}

#[test]
fn outputs_are_captured_unless_they_are_not() {
    let both = EXIT.command().arg("0").output().unwrap();
    assert_eq!((&*both.stdout, &*both.stderr), (&b"out"[..], &b"err"[..]));
    let one = EXIT
        .command()
        .arg("0")
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert_eq!((&*one.stdout, &*one.stderr), (&b"out"[..], &b""[..]));
    let none = EXIT
        .command()
        .arg("0")
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    assert_eq!(none.unwrap().stdout, b"");
}

#[test]
fn the_attribute_says_where_outputs_go() {
    #[wasi_program("guests/exit.wasm", args = ["0"], stdout = null, stderr = capture)]
    fn quiet() -> Result<wasi_program::Output, Error>;

    let output = quiet().unwrap();
    assert_eq!((&*output.stdout, &*output.stderr), (&b""[..], &b"err"[..]));
}

/// A command that cannot be stopped, and one that can, which has threads between itself
/// and its readers and writers.
fn both_ways(export: &str) -> [Command; 2] {
    let mut command = STREAMS.command();
    command.export(export);
    let mut stoppable = command.clone();
    stoppable.timeout(Duration::from_secs(60));
    [command, stoppable]
}

/// Runs a program that waits for a stream of the caller's.
#[track_caller]
fn assert_times_out(command: &mut Command) {
    let error = command.timeout(Duration::from_millis(50)).output();
    assert!(matches!(error, Err(Error::Timeout { .. })), "{error:?}");
}

/// A stream of the caller's that does what a function does.
struct Does<F>(F);

impl<F: FnMut() -> io::Result<usize>> Read for Does<F> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0()
    }
}

impl<F: FnMut() -> io::Result<usize>> Write for Does<F> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.0()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// For ever, as far as a test can tell.
fn hang() -> io::Result<usize> {
    loop {
        thread::park();
    }
}

/// A writer that is slow, and whose data counts only once it is flushed.
#[derive(Clone, Default)]
struct Slow {
    unflushed: Vec<u8>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(1));
        let some = &bytes[..bytes.len().min(10_007)];
        self.unflushed.extend_from_slice(some);
        Ok(some.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written.lock().unwrap().append(&mut self.unflushed);
        Ok(())
    }
}

#[test]
fn what_readers_give_is_read_and_all_is_written_when_the_program_has_ended() {
    let sent = bytes(1 << 20);
    for mut command in both_ways("_start") {
        let slow = Slow::default();
        let written = Arc::clone(&slow.written);
        let reader = Cursor::new(sent.clone()).take(500_000);
        let output = command
            .stdin(Stdio::reader(reader))
            .stdout(Stdio::writer(slow))
            .output()
            .unwrap();
        assert!(*written.lock().unwrap() == sent[..500_000]);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn errors_of_readers_and_writers_are_errors_of_the_programs_calls() {
    let no_space = || Err(io::Error::from_raw_os_error(28));
    let denied = || Err(io::Error::from_raw_os_error(13));
    let other = || Err(io::Error::other("a reason"));
    // `ENOSPC`, `EACCES`, `EIO`.
    for (error, code) in [
        (no_space as fn() -> io::Result<usize>, 51),
        (denied, 2),
        (other, 29),
    ] {
        for mut command in both_ways("_start") {
            let reads = command.stdin(Stdio::reader(Does(error))).status();
            assert_eq!(reads.unwrap().code(), code);
        }
        // An error of the last write, too.
        for export in ["write", "return"] {
            for mut command in both_ways(export) {
                let writes = command.stdout(Stdio::writer(Does(error))).status();
                assert_eq!(writes.unwrap().code(), code);
            }
        }
    }
}

#[test]
fn a_panic_of_a_reader_or_writer_is_an_error_and_the_process_lives() {
    let panics = || -> io::Result<usize> { panic!("on purpose") };
    let [mut reads, mut stoppable] = both_ways("_start");
    for _ in 0..2 {
        let error = reads.stdin(Stdio::reader(Does(panics))).status();
        assert!(matches!(error, Err(Error::HostPanic { .. })), "{error:?}");
        // `EIO`: the thread that it was on is not the program's.
        let status = stoppable.stdin(Stdio::reader(Does(panics))).status();
        assert_eq!(status.unwrap().code(), 29);
    }
    let [mut writes, mut stoppable] = both_ways("write");
    let error = writes.stdout(Stdio::writer(Does(panics))).status();
    assert!(matches!(error, Err(Error::HostPanic { .. })), "{error:?}");
    let status = stoppable.stdout(Stdio::writer(Does(panics))).status();
    assert_eq!(status.unwrap().code(), 29);
    assert_eq!(copied("text"), b"text");
}

#[test]
fn who_waits_for_a_reader_or_writer_is_stopped_in_time() {
    let mut reads = STREAMS.command();
    reads.stdin(Stdio::reader(Does(hang)));
    let mut writes = STREAMS.command();
    writes.export("write").stdout(Stdio::writer(Does(hang)));
    // The second run waits for the call of the first, which never returns.
    for _ in 0..2 {
        assert_times_out(&mut reads);
        assert_times_out(&mut writes);
    }
}

#[test]
fn a_run_is_not_over_before_its_output_is_written() {
    for export in ["return", "exit"] {
        let mut command = STREAMS.command();
        assert_times_out(command.export(export).stdout(Stdio::writer(Does(hang))));
    }
}

#[test]
fn what_one_run_does_not_read_the_next_one_does() {
    for mut command in both_ways("line") {
        command.stdin(Stdio::reader(Cursor::new("one\ntwo\nthree")));
        for line in ["one\n", "two\n", "three", ""] {
            assert_eq!(command.output().unwrap().stdout, line.as_bytes());
        }
    }
}

#[test]
fn runs_at_once_share_a_reader() {
    let sent = bytes(1 << 20);
    for mut command in both_ways("_start") {
        command.stdin(Stdio::reader(Cursor::new(sent.clone())));
        let run = || command.clone().output().unwrap().stdout;
        let (mut one, two) = thread::scope(|scope| {
            let other = scope.spawn(run);
            (run(), other.join().unwrap())
        });
        one.extend_from_slice(&two);
        assert_eq!(counts(&one), counts(&sent));
    }
}

#[test]
fn a_reader_is_let_go_of_with_the_command() {
    struct Held(Arc<AtomicBool>);
    impl Read for Held {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }

    // One that reads to the end, and one that does not read.
    for mut command in both_ways("_start").into_iter().chain(both_ways("return")) {
        let dropped = Arc::new(AtomicBool::new(false));
        command.stdin(Stdio::reader(Held(Arc::clone(&dropped))));
        command.output().unwrap();
        drop(command);
        assert_soon("it is dropped", || dropped.load(Ordering::Acquire));
    }
}

#[test]
fn an_inherited_output_goes_out_line_by_line() {
    for test in ["streams::inherits", "streams::inherits_with_a_timeout"] {
        let mut process = test_process(test)
            .stdin(process::Stdio::piped())
            .stdout(process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = process.stdin.take().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let (talked, has_talked) = mpsc::channel();
        thread::spawn(move || {
            // Each comes back before the next one is sent.
            for sent in ["one\n", "two\n", "three\n"] {
                stdin.write_all(sent.as_bytes()).unwrap();
                let mut line = String::new();
                // Lines about the test come first.
                while !line.ends_with(sent) {
                    line.clear();
                    assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "no {sent}");
                }
            }
            talked.send((stdin, stdout)).unwrap();
        });
        let talked = has_talked.recv_timeout(Duration::from_secs(10));
        if talked.is_err() {
            process.kill().unwrap();
        }
        // It ends with its input.
        let (stdin, _stdout) = talked.unwrap();
        drop(stdin);
        assert!(process.wait().unwrap().success());
    }
}

#[test]
#[ignore = "runs in a process of its own"]
fn inherits() {
    inherit_all(STREAMS.command());
}

#[test]
#[ignore = "runs in a process of its own"]
fn inherits_with_a_timeout() {
    let mut command = STREAMS.command();
    command.timeout(Duration::from_secs(60));
    inherit_all(command);
}

fn inherit_all(mut command: Command) {
    if is_alone() {
        command.stdin(Stdio::inherit()).stdout(Stdio::inherit());
        assert!(command.status().unwrap().success());
    }
}

#[test]
fn pipes_of_the_system_are_streams() {
    let (input, mut feed) = io::pipe().unwrap();
    let (mut result, output) = io::pipe().unwrap();
    feed.write_all(b"through pipes").unwrap();
    drop(feed);
    let mut command = ECHO.command();
    command.stdin(input).stdout(output);
    assert!(command.status().unwrap().success());
    drop(command);
    let mut text = String::new();
    result.read_to_string(&mut text).unwrap();
    assert_eq!(text, "arg 0 echo\nstdin:\nthrough pipes");
}
