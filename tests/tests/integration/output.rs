//! Statuses and streams of finished programs, and the values that they become.

use wasi_program::{Error, ExitStatus, FromOutput, Output, Program, wasi_program};

#[wasi_program("guests/exit.wasm", args = [code])]
fn status(code: u32) -> Result<ExitStatus, Error>;

#[wasi_program("guests/exit.wasm", args = [code])]
fn output(code: u32) -> Result<Output, Error>;

#[wasi_program("guests/exit.wasm", args = [code])]
fn text(code: u32) -> Result<String, Error>;

#[wasi_program("guests/exit.wasm", args = [code])]
fn bytes(code: u32) -> Result<Vec<u8>, Error>;

#[wasi_program("guests/exit.wasm", args = [code])]
fn nothing(code: u32) -> Result<(), Error>;

#[wasi_program("guests/bytes.wasm", args = mebibytes)]
fn all_bytes(mebibytes: Option<u32>) -> Result<Vec<u8>, Error>;

#[test]
fn an_exit_status_is_exact_in_all_its_bits() {
    for code in [0, 1, 3, 127, 128, 255, 256, 65_536, 1 << 31, u32::MAX] {
        assert_eq!(status(code).unwrap().code(), code);
        assert_eq!(status(code).unwrap().success(), code == 0);
    }
}

#[test]
fn a_program_that_calls_proc_exit_with_0_succeeds() {
    assert_eq!(text(0).unwrap(), "out");
    assert_eq!(bytes(0).unwrap(), b"out");
    assert!(nothing(0).is_ok());
    let output = output(0).unwrap();
    assert_eq!(
        (&*output.stdout, &*output.stderr),
        (&b"out"[..], &b"err"[..])
    );
}

#[test]
fn a_program_that_exits_with_3_is_an_error_for_values_that_only_success_gives() {
    for error in [
        text(3).unwrap_err(),
        bytes(3).unwrap_err(),
        nothing(3).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "`exit` exited with status 3: err");
        assert_eq!((error.stdout(), error.stderr()), (&b"out"[..], &b"err"[..]));
        assert!(matches!(error, Error::Exit { status, .. } if status.code() == 3));
    }
    let output = output(3).unwrap();
    assert_eq!(output.status.code(), 3);
    assert!(matches!(output.exit_ok(), Err(Error::Exit { .. })));
}

#[test]
fn output_that_is_not_utf8_is_an_error_for_a_string_and_keeps_every_byte() {
    #[wasi_program("guests/bytes.wasm")]
    fn text() -> Result<String, Error>;

    let every: Vec<u8> = (0..=255).collect();
    let error = text().unwrap_err();
    assert!(
        matches!(&error, Error::NotUtf8 { error, .. } if error.valid_up_to() == 128),
        "{error}"
    );
    assert_eq!(error.stdout(), every);
    assert_eq!(all_bytes(None).unwrap(), every);
}

#[test]
fn large_outputs_are_whole() {
    let bytes = all_bytes(Some(8)).unwrap();
    assert_eq!(bytes.len(), 8 << 20);
    assert!(bytes.iter().enumerate().all(|(i, byte)| *byte == i as u8));
}

#[test]
fn a_type_of_the_caller_can_be_made_from_the_output() {
    struct Lines(Vec<String>);
    impl FromOutput for Lines {
        fn from_output(output: Output) -> Result<Self, Error> {
            Ok(Self(
                String::from_output(output)?
                    .lines()
                    .map(str::to_owned)
                    .collect(),
            ))
        }
    }

    #[wasi_program("guests/echo.wasm", args = ["a"])]
    fn lines() -> Result<Lines, Error>;

    assert_eq!(lines().unwrap().0, ["arg 0 echo", "arg 1 a", "stdin:"]);
}

#[test]
fn output_that_a_type_of_the_caller_refuses_is_kept_in_the_error() {
    #[derive(Debug)]
    struct Count;
    impl FromOutput for Count {
        fn from_output(output: Output) -> Result<Self, Error> {
            Err(output.exit_ok()?.invalid("no number"))
        }
    }

    #[wasi_program("guests/exit.wasm", args = ["0"])]
    fn count() -> Result<Count, Error>;

    let error = count().unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "the output of `exit` is not as expected: no number"
    );
    assert_eq!((error.stdout(), error.stderr()), (&b"out"[..], &b"err"[..]));
}

#[test]
fn a_reactor_function_runs_after_its_initialize() {
    #[wasi_program("guests/reactor.wasm", export = "greet")]
    fn greet() -> Result<String, Error>;

    assert_eq!(greet().unwrap(), "greeting 1\n");
    // Each call is an instance of its own.
    assert_eq!(greet().unwrap(), "greeting 1\n");
}

#[test]
fn an_export_can_be_chosen_and_a_missing_one_is_an_error() {
    #[wasi_program("guests/reactor.wasm", export = "greet")]
    static REACTOR: Program;

    assert_eq!(REACTOR.command().output().unwrap().stdout, b"greeting 1\n");
    for missing in ["nothing", "add", "memory"] {
        let error = REACTOR.command().export(missing).output().unwrap_err();
        assert!(matches!(error, Error::Load { .. }), "{error}");
        assert!(format!("{error:#}").contains(missing), "{error:#}");
    }
}

#[test]
fn a_program_without_output_returns_an_empty_string() {
    #[wasi_program("guests/no_output.wat")]
    fn run() -> Result<String, Error>;

    assert_eq!(run().unwrap(), "");
}
