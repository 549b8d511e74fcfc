//! Data in the pipes between programs and their callers, and between programs.

use std::io::{BufRead as _, ErrorKind, Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tests::data::bytes;
use tests::guests::{MISBEHAVES, STREAMS};
use tests::timing::assert_soon;
use wasi_program::{ChildStdout, Error, Stdio};

use crate::children::{A_WHILE, BROKEN, all, first_line, spawn};

/// As much as a pipe holds.
const PIPE: usize = 64 << 10;

#[test]
fn all_bytes_pass_through_pipes_however_slow_the_caller_is() {
    let sent = bytes(3 << 20);
    let now_and_then = Duration::from_millis(3);
    for (writing, reading) in [
        (Duration::ZERO, Duration::ZERO),
        (now_and_then, Duration::ZERO),
        (Duration::ZERO, now_and_then),
    ] {
        let mut child = spawn("_start");
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let received = thread::scope(|scope| {
            scope.spawn(|| {
                for piece in sent.chunks(50_001) {
                    thread::sleep(writing);
                    stdin.write_all(piece).unwrap();
                }
                drop(stdin);
            });
            let mut received = Vec::new();
            let mut buffer = [0; 20_001];
            loop {
                thread::sleep(reading);
                match stdout.read(&mut buffer).unwrap() {
                    0 => return received,
                    len => received.extend_from_slice(&buffer[..len]),
                }
            }
        });
        assert!(received == sent, "{} bytes", received.len());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_program_that_fills_a_pipe_waits_until_it_is_read() {
    let mut child = spawn("write");
    thread::sleep(A_WHILE);
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill();
    assert!(matches!(child.wait(), Err(Error::Cancelled { .. })));
    let written = all(child.stdout.take().unwrap()).len();
    assert!((1..=PIPE).contains(&written), "{written} bytes");
}

#[test]
fn a_caller_that_fills_a_pipe_waits_until_the_program_has_gone() {
    let mut command = MISBEHAVES.command();
    let mut child = command
        .export("sleep")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let written = AtomicUsize::new(0);
    let error = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            loop {
                match stdin.write(&[0; 1000]) {
                    Ok(len) => written.fetch_add(len, Ordering::Relaxed),
                    Err(error) => return error,
                };
            }
        });
        assert_soon("it is full", || written.load(Ordering::Relaxed) >= PIPE);
        thread::sleep(A_WHILE);
        assert!(!writer.is_finished());
        child.kill();
        writer.join().unwrap()
    });
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert_eq!(written.into_inner(), PIPE);
}

#[test]
fn a_line_can_be_read_before_the_program_ends_and_answered() {
    let mut child = spawn("_start");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"one\n").unwrap();
    let (line, mut stdout) = first_line(&mut child);
    assert_eq!(line, "one\n");
    for sent in ["two\n", "three\n"] {
        stdin.write_all(sent.as_bytes()).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, sent);
    }
    assert_eq!(child.try_wait().unwrap(), None);
    // That is the end of what it reads.
    drop(stdin);
    assert_eq!(all(stdout), b"");
    assert!(child.wait().unwrap().success());
}

#[test]
fn writing_to_a_pipe_without_a_reader_fails_at_once() {
    // Before it writes much, and where it waits at a full pipe.
    for after in [Duration::ZERO, A_WHILE] {
        let mut child = spawn("write");
        thread::sleep(after);
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), BROKEN);
    }
}

#[test]
fn a_program_that_closes_its_output_ends_it_and_continues() {
    let mut child = spawn("close");
    assert_eq!(all(child.stdout.take().unwrap()), b"hello\n");
    assert_eq!(child.try_wait().unwrap(), None);
    drop(child.stdin.take());
    assert_eq!(all(child.stderr.take().unwrap()), b"hello\n");
    assert!(child.wait().unwrap().success());
}

#[test]
fn programs_form_pipelines() {
    let sent = bytes(1 << 20);
    let mut first = spawn("_start");
    let then = |stdin: ChildStdout| STREAMS.command().stdin(stdin).spawn().unwrap();
    let mut second = then(first.stdout.take().unwrap());
    let mut third = then(second.stdout.take().unwrap());
    let received = thread::scope(|scope| {
        let mut stdin = first.stdin.take().unwrap();
        scope.spawn(|| {
            stdin.write_all(&sent).unwrap();
            drop(stdin);
        });
        all(third.stdout.take().unwrap())
    });
    assert!(received == sent);
    for child in [&mut first, &mut second, &mut third] {
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_pipeline_ends_with_its_last_program() {
    let mut first = spawn("write");
    let mut second = STREAMS
        .command()
        .stdin(first.stdout.take().unwrap())
        .spawn()
        .unwrap();
    let last = STREAMS
        .command()
        .export("line")
        .stdin(second.stdout.take().unwrap())
        .output();
    assert_eq!(last.unwrap().stdout, b"hello\n");
    assert_eq!(second.wait().unwrap().code(), BROKEN);
    assert_eq!(first.wait().unwrap().code(), BROKEN);
}

#[test]
fn polling_a_pipe_wakes_at_bytes_and_at_the_end() {
    for sent in [&b"x"[..], b""] {
        let mut command = MISBEHAVES.command();
        command.export("wait_for_input").stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        thread::sleep(A_WHILE);
        assert_eq!(child.try_wait().unwrap(), None);
        let mut stdin = child.stdin.take().unwrap();
        match sent {
            [] => drop(stdin),
            sent => {
                stdin.write_all(sent).unwrap();
                child.stdin = Some(stdin);
            }
        }
        assert_soon("it wakes", || child.try_wait().unwrap().is_some());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn polling_a_full_pipe_wakes_when_there_is_room() {
    let mut child = spawn("wait_for_room");
    thread::sleep(A_WHILE);
    assert_eq!(child.try_wait().unwrap(), None);
    let mut byte = [0];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut byte)
        .unwrap();
    assert_eq!(all(child.stderr.take().unwrap()), b"hello\n");
    assert!(child.wait().unwrap().success());
}
