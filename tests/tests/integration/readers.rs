//! Readers and writers of the caller's as the streams of a program.

use std::io::{self, Cursor, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tests::data::{bytes, counts};
use tests::guests::STREAMS;
use tests::timing::assert_soon;
use wasi_program::{Error, Stdio};

use crate::streams::{assert_times_out, both_ways, copied};

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
fn bytes_from_a_reader_arrive_and_all_output_is_written_at_the_end() {
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
fn a_program_that_waits_for_a_reader_or_writer_is_stopped_in_time() {
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
fn the_next_run_reads_the_bytes_that_a_run_leaves() {
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
fn a_reader_is_dropped_with_its_command() {
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
