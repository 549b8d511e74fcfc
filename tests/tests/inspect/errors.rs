//! Files that are not modules, and mistakes in the command line.

use std::ffi::OsStr;
use std::fs;

use crate::tool::inspect;

/// Returns the message of a failure with this exit code.
#[track_caller]
fn error(arguments: &[&OsStr], code: i32) -> String {
    let output = inspect(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(
        output.stdout.is_empty() && errors.starts_with("inspect: "),
        "{errors}"
    );
    errors
}

#[test]
fn a_file_that_is_not_a_module_is_an_error_that_names_its_kind() {
    for (file, expected) in [
        (
            "ui/modules/component.wat",
            "is a component, for WASI 0.2 or later",
        ),
        (
            "ui/modules/elf.wasm",
            "a native executable or library (ELF)",
        ),
        ("ui/modules/empty.wasm", "is empty"),
        ("ui/modules/not-wasm.wasm", "it starts with `01 02 03 04`"),
        (
            "ui/modules/truncated.wasm",
            "ends in the middle, after 12 bytes",
        ),
        (
            "ui/modules/invalid.wat",
            "is not valid WebAssembly: type mismatch",
        ),
        ("ui/modules/syntax-error.wat", "syntax-error.wat:4:4"),
        (
            "ui/modules/absent.wasm",
            "cannot read `ui/modules/absent.wasm`: ",
        ),
        ("ui/modules", "cannot read `ui/modules`: "),
    ] {
        for options in [&[][..], &["--json"]] {
            let options = options.iter().map(OsStr::new);
            let arguments: Vec<_> = options.chain([OsStr::new(file)]).collect();
            let error = error(&arguments, 1);
            assert!(error.contains(expected), "{error}");
        }
    }
}

/// Messages of parsers show lines of the file.
#[test]
fn errors_contain_no_terminal_control_characters() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("module.wat");
    let long = "x".repeat(100_000);
    for text in [
        "(module (export \"\u{1b}[2J\" oops))".to_owned(),
        "(module (func (export \"\\1b[2J\")) (func (export \"\\1b[2J\")))".to_owned(),
        format!("(module {long})"),
    ] {
        fs::write(&file, text).unwrap();
        let error = error(&[file.as_os_str()], 1);
        assert!(
            error.chars().all(|c| c == '\n' || !c.is_control()),
            "{error:?}"
        );
        assert!(error.len() < 2000, "{}", error.len());
    }
}

#[test]
fn a_wrong_command_line_shows_how_it_is_used() {
    for arguments in [
        &[][..],
        &["--jsn", "a.wasm"],
        &["a.wasm", "b.wasm"],
        &["--json"],
    ] {
        let arguments: Vec<_> = arguments.iter().map(OsStr::new).collect();
        assert!(error(&arguments, 2).contains("usage: inspect [--json] MODULE"));
    }
    let help = inspect(&["--help".as_ref()]);
    assert!(help.status.success() && help.stdout.starts_with(b"Prints"));
}
