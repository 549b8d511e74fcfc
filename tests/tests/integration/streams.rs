//! Sources and destinations of a program's streams.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::process;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tests::data::bytes;
use tests::guests::STREAMS;
use tests::process::{is_alone, test_process};
use wasi_program::{Command, Error, Program, Stdio, wasi_program};

#[wasi_program("guests/echo.wasm")]
static ECHO: Program;

#[wasi_program("guests/exit.wasm")]
static EXIT: Program;

/// Returns the part of its input that `echo` copies.
pub(crate) fn copied(stdin: impl Into<Stdio>) -> Vec<u8> {
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
fn a_large_input_arrives_complete() {
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
fn outputs_are_captured_by_default() {
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
pub(crate) fn both_ways(export: &str) -> [Command; 2] {
    let mut command = STREAMS.command();
    command.export(export);
    let mut stoppable = command.clone();
    stoppable.timeout(Duration::from_secs(60));
    [command, stoppable]
}

/// Runs a program that waits for a stream of the caller's.
#[track_caller]
pub(crate) fn assert_times_out(command: &mut Command) {
    let error = command.timeout(Duration::from_millis(50)).output();
    assert!(matches!(error, Err(Error::Timeout { .. })), "{error:?}");
}

#[test]
fn an_inherited_output_is_flushed_after_each_line() {
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
