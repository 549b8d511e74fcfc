//! Bad input: each is a clear, typed error, and no panic.

use std::io::ErrorKind;

use wasi_program::{Error, Mount, Output, Program, StandardStream, Stdio, wasi_program};

#[wasi_program("guests/echo.wasm")]
static ECHO: Program;

#[test]
fn a_nul_in_an_argument_names_the_argument() {
    let error = ECHO.command().arg("fine").arg("a\0b").output().unwrap_err();
    assert!(matches!(&error, Error::NulInArgument { index: 2, value, .. } if **value == *"a\0b"));
    assert_eq!(
        error.to_string(),
        r#"argument 2 of `echo` contains a NUL byte: "a\0b""#
    );

    let error = ECHO.command().name("e\0").output().unwrap_err();
    assert!(matches!(error, Error::NulInArgument { index: 0, .. }));
}

#[test]
fn a_bad_environment_name_is_shown() {
    for bad in ["A=B", "A\0", "", "="] {
        let error = ECHO.command().env(bad, "v").output().unwrap_err();
        assert!(
            matches!(&error, Error::InvalidEnvKey { key, .. } if **key == *bad),
            "{error:?}"
        );
    }
}

#[test]
fn a_nul_in_an_environment_value_names_the_variable() {
    let error = ECHO.command().env("KEY", "a\0").output().unwrap_err();
    assert!(matches!(&error, Error::NulInEnvValue { key, .. } if **key == *"KEY"));
    // `=` is fine in a value.
    assert!(ECHO.command().env("KEY", "a=b=").output().is_ok());
}

#[test]
fn a_directory_that_does_not_exist_is_named() {
    #[wasi_program("guests/echo.wasm", mapdir = { "/data" = "no/such/directory" })]
    fn echo() -> Result<Output, Error>;

    let error = echo().unwrap_err();
    assert!(
        matches!(&error, Error::Mount { guest, error, .. }
            if **guest == *"/data" && error.kind() == ErrorKind::NotFound),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("`no/such/directory` as `/data`"),
        "{error}"
    );
}

#[test]
fn a_directory_that_is_a_file_is_an_error() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let error = ECHO.command().preopen_dir(file).output().unwrap_err();
    assert!(
        matches!(&error, Error::Mount { error, .. } if error.kind() == ErrorKind::NotADirectory),
        "{error:?}"
    );
}

#[test]
fn a_guest_path_mapped_twice_is_an_error_however_it_is_spelt() {
    for (one, other) in [
        ("/a", "/a"),
        ("/a", "/a/"),
        ("/a/b", "//a/./b"),
        (".", "./."),
        ("/", "//"),
    ] {
        let error = ECHO
            .command()
            .map_dir(one, ".")
            .map_dir(other, ".")
            .output()
            .unwrap_err();
        assert!(
            matches!(&error, Error::DuplicateMount { guest, .. } if **guest == *other),
            "{error}"
        );
    }
    assert!(
        ECHO.command()
            .map_dir("/a", ".")
            .map_dir("a", ".")
            .output()
            .is_ok()
    );
}

#[test]
fn a_guest_path_that_cannot_be_one_is_an_error() {
    for bad in ["", "/a\0b"] {
        let error = ECHO
            .command()
            .map_dir(bad, Mount::host("."))
            .output()
            .unwrap_err();
        assert!(matches!(error, Error::InvalidGuestPath { .. }), "{error}");
    }
}

#[test]
fn bytes_cannot_be_an_output_nor_a_writer_an_input() {
    let writer = Stdio::writer(std::io::sink());
    let error = ECHO.command().stdin(writer).output().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Stdio {
                stream: StandardStream::Stdin,
                ..
            }
        ),
        "{error}"
    );
    let error = ECHO.command().stdout("text").output().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Stdio {
                stream: StandardStream::Stdout,
                ..
            }
        ),
        "{error}"
    );
    let error = ECHO
        .command()
        .stderr(Stdio::from("text"))
        .output()
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Stdio {
                stream: StandardStream::Stderr,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_error_type_of_the_caller_can_be_returned() {
    #[derive(Debug)]
    struct Own(Error);
    impl From<Error> for Own {
        fn from(error: Error) -> Self {
            Self(error)
        }
    }

    #[wasi_program("guests/echo.wasm", args = [argument])]
    fn echo(argument: &str) -> Result<(), Own>;

    assert!(echo("fine").is_ok());
    assert!(matches!(
        echo("\0").unwrap_err().0,
        Error::NulInArgument { .. }
    ));
}

#[test]
fn errors_can_cross_threads_and_be_boxed() {
    fn assert<T: std::error::Error + Send + Sync + 'static>() {}
    assert::<Error>();
}
