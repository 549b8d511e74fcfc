//! Files that are pipes, or the like: who reads and writes them is stopped in time, even
//! when others do the same.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tests::data::{bytes, counts};
use tests::guests::STREAMS;
use tests::timing::{self, assert_in_time};
use wasi_program::{Error, Stdio};

const TIMEOUT: Duration = Duration::from_millis(100);

fn pipe() -> (File, File) {
    let (read, write) = io::pipe().unwrap();
    (OwnedFd::from(read).into(), OwnedFd::from(write).into())
}

/// A FIFO, and its directory, which goes with it.
fn make_fifo() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fifo");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    (dir, path)
}

/// A reader and a writer of a FIFO at once: both are this file.
fn both_ends(path: &Path) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

/// A FIFO that has a reader and a writer.
fn fifo() -> File {
    let (_dir, path) = make_fifo();
    both_ends(&path)
}

/// Runs a program that never ends, and says how late it was stopped.
#[track_caller]
fn late(export: &str, stdin: impl Into<Stdio>, stdout: impl Into<Stdio>) -> Duration {
    let mut command = STREAMS.command();
    command.export(export).stdin(stdin).stdout(stdout);
    let (result, late) = timing::late(TIMEOUT, || command.timeout(TIMEOUT).output());
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    late
}

#[test]
fn a_program_that_waits_at_a_pipe_is_stopped_in_time() {
    assert_in_time("a pipe's reader", || {
        let (read, _write) = pipe();
        late("_start", read, Stdio::null())
    });
    assert_in_time("a pipe's writer", || {
        let (_read, write) = pipe();
        late("write", Stdio::null(), write)
    });
    assert_in_time("a FIFO's reader", || late("_start", fifo(), Stdio::null()));
    assert_in_time("a FIFO's writer", || late("write", Stdio::null(), fifo()));
}

#[test]
fn a_reader_finds_the_end_of_a_fifo_without_writers() {
    let (_dir, path) = make_fifo();
    for text in ["", "some text"] {
        // Both at once first: each end waits for the other to be opened.
        let both = both_ends(&path);
        let read = File::open(&path).unwrap();
        (&both).write_all(text.as_bytes()).unwrap();
        drop(both);
        let mut command = STREAMS.command();
        command.stdin(read).timeout(Duration::from_secs(10));
        let started = Instant::now();
        let output = command.output().unwrap();
        assert_eq!(output.stdout, text.as_bytes());
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

/// A terminal, and the end of it where a person would sit.
fn terminal() -> (File, OwnedFd) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let path = ptsname(&person, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(path.to_str().unwrap());
    (terminal.unwrap(), person)
}

#[test]
fn a_program_that_waits_at_a_terminal_is_stopped_in_time() {
    assert_in_time("a terminal's reader", || {
        let (terminal, _person) = terminal();
        late("_start", terminal, Stdio::null())
    });
    assert_in_time("a terminal's writer", || {
        let (terminal, _person) = terminal();
        late("write", Stdio::null(), terminal)
    });
}

#[test]
fn a_program_fills_a_pipe_before_it_waits() {
    let (mut read, write) = pipe();
    late("write", Stdio::null(), write);
    let mut written = Vec::new();
    read.read_to_end(&mut written).unwrap();
    assert_eq!(written.len(), 64 << 10);
}

/// Does something again and again, until shortly before the programs are stopped. After
/// that, they end.
fn until_the_end(runs: &[ScopedJoinHandle<'_, Duration>], mut again: impl FnMut()) -> bool {
    let started = Instant::now();
    while started.elapsed() < TIMEOUT * 3 / 4 {
        again();
        thread::sleep(Duration::from_micros(20));
    }
    // A thread that is in a system call by now stays there.
    while started.elapsed() < 10 * TIMEOUT && !runs.iter().all(ScopedJoinHandle::is_finished) {
        thread::sleep(Duration::from_millis(1));
    }
    runs.iter().all(ScopedJoinHandle::is_finished)
}

#[test]
fn all_runs_that_read_one_pipe_are_stopped() {
    for _ in 0..5 {
        let (read, mut write) = pipe();
        thread::scope(|scope| {
            let run = || late("_start", read.try_clone().unwrap(), Stdio::null());
            let runs = [(); 16].map(|()| scope.spawn(run));
            // Each byte wakes them all, and is for one of them.
            let ended = until_the_end(&runs, || write.write_all(b"x").unwrap());
            drop(write);
            assert!(ended);
        });
    }
}

#[test]
fn all_runs_that_fill_one_pipe_are_stopped() {
    for _ in 0..5 {
        let (mut read, write) = pipe();
        thread::scope(|scope| {
            let run = || late("write", Stdio::null(), write.try_clone().unwrap());
            let runs = [(); 16].map(|()| scope.spawn(run));
            // There is room, but for one of them, and not for all that it writes.
            let ended = until_the_end(&runs, || read.read_exact(&mut [0; 5000]).unwrap());
            drop(read);
            assert!(ended);
        });
    }
}

#[test]
fn bytes_of_a_shared_pipe_are_read_once() {
    let sent = bytes(1 << 20);
    let (read, mut write) = pipe();
    let mut command = STREAMS.command();
    command.stdin(read).timeout(Duration::from_secs(60));
    let received = thread::scope(|scope| {
        scope.spawn(|| {
            write.write_all(&sent).unwrap();
            drop(write);
        });
        let readers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| command.clone().output().unwrap().stdout))
            .collect();
        let received = readers.into_iter().map(|reader| reader.join().unwrap());
        received.collect::<Vec<_>>().concat()
    });
    assert_eq!(counts(&received), counts(&sent));
}
