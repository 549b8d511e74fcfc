//! The example `wasi-run`, as others call it; and through it the suite of the branch
//! `master` of wasmerio/wasi-tests, if `WASMER_WASI_TESTS` names a checkout:
//!
//!     WASMER_WASI_TESTS=SUITE cargo test --features jit --test wasi_run

mod suite;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// A test for each function.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        vec![$(Trial::test(stringify!($test), || {
            $test();
            Ok(())
        })),*]
    };
}

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = tests![
        exit_codes_are_the_programs_and_none_looks_like_success,
        the_name_is_argument_0,
        devices_are_there_if_they_are_asked_for,
        the_help_says_what_becomes_of_exit_codes,
    ];
    match std::env::var_os("WASMER_WASI_TESTS") {
        None => println!("skipped: wasmerio/wasi-tests; name its folder in WASMER_WASI_TESTS"),
        Some(suite) => match suite::trials(Path::new(&suite)) {
            Ok(suite) => trials.extend(suite),
            Err(error) => {
                println!("error: {}: {error}", Path::new(&suite).display());
                return ExitCode::FAILURE;
            }
        },
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The folder of this crate.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The runner, built with the features that this was built with.
fn runner() -> &'static Path {
    static RUNNER: OnceLock<PathBuf> = OnceLock::new();
    RUNNER.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "wasi-run"])
            .args(["--features", "jit", "--message-format", "json"])
            .current_dir(here().join(".."))
            .output()
            .expect("cargo can be run");
        let messages = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{messages}{errors}");
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "wasi-run")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo says where it is")
    })
}

fn wasi_run(arguments: &[&str]) -> Output {
    Command::new(runner())
        .args(arguments)
        .current_dir(here())
        .output()
        .expect("it can be run")
}

fn exit_codes_are_the_programs_and_none_looks_like_success() {
    for (code, expected) in [
        ("0", 0),
        ("1", 1),
        ("3", 3),
        ("255", 255),
        ("256", 1),
        ("257", 1),
        ("258", 2),
        ("65536", 1),
        ("2147483648", 1),
        ("4294967295", 255),
    ] {
        let output = wasi_run(&["guests/exit.wasm", code]);
        assert_eq!(output.status.code(), Some(expected), "{code}: {output:?}");
        assert_eq!(output.stdout, b"out", "{code}");
    }
}

fn the_name_is_argument_0() {
    // `echo` prints its arguments, the first of which is its name.
    let said = |options: &[&str]| {
        let arguments = [options, &["guests/echo.wasm", "a"]].concat();
        let output = wasi_run(&arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("it is text")
    };
    assert!(said(&[]).contains("echo"), "{}", said(&[]));
    let named = said(&["--name", "another name"]);
    assert!(named.contains("another name"), "{named}");
    assert!(!named.contains("echo"), "{named}");
}

fn devices_are_there_if_they_are_asked_for() {
    let guest = "guests/host/devices.snapshot1.wasm";
    assert!(!wasi_run(&[guest]).status.success());
    // Its standard input is expected to be this text; here it has none, which it says.
    let output = wasi_run(&["--devices", "/dev", guest]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("to stdout\n"), "{output:?}");
}

fn the_help_says_what_becomes_of_exit_codes() {
    let output = wasi_run(&["--help"]);
    let help = String::from_utf8_lossy(&output.stdout);
    for said in ["--name NAME", "--devices GUEST", "the exit code is 1"] {
        assert!(help.contains(said), "{help}");
    }
}

/// Returns the failure of a test.
fn failed(message: impl Into<Failed>) -> Result<(), Failed> {
    Err(message.into())
}
