//! Where a program's streams come from and go to.

use std::fs::{self, File};
use std::io::Read as _;
use std::sync::Arc;

use wasi_program::{Error, Program, Stdio, wasi_program};

#[wasi_program("guests/echo.wasm")]
static ECHO: Program;

#[wasi_program("guests/exit.wasm")]
static EXIT: Program;

/// What `echo` copies of its input.
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
    let large: Vec<u8> = (0..5_000_000u32).map(|i| (i % 251) as u8).collect();
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
