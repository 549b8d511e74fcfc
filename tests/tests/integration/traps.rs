//! Programs that trap: the error says how and where, and loses no output.

use wasi_program::{Error, Mount, Output, Program, TrapKind, wasi_program};

#[wasi_program("guests/traps.wasm", args = [way])]
fn trap(way: &str) -> Result<Output, Error>;

#[track_caller]
fn check(way: &str, expected: TrapKind, function: &str) {
    let error = trap(way).unwrap_err();
    assert_eq!(
        (error.stdout(), error.stderr()),
        (&b"before"[..], &b"warned"[..]),
        "{way}"
    );
    let Error::Trap { trap, .. } = &error else {
        panic!("{way}: {error}")
    };
    assert_eq!(trap.kind, Some(expected), "{way}");
    let names: Vec<_> = trap
        .frames
        .iter()
        .filter_map(|f| f.function_name.as_deref())
        .collect();
    assert!(names.contains(&function), "{way}: {names:?}");
    assert_eq!(error.to_string(), "`traps` trapped: warned");
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), trap.to_string());
    assert_eq!(
        format!("{error:#}"),
        format!("`traps` trapped: warned: {trap}")
    );
}

#[test]
fn each_way_to_trap_is_told_apart_and_keeps_what_was_written() {
    check("unreachable", TrapKind::Unreachable, "trap_unreachable");
    check("divide", TrapKind::IntegerDivisionByZero, "trap_divide");
    check("overflow", TrapKind::IntegerOverflow, "trap_overflow");
    check("bounds", TrapKind::MemoryOutOfBounds, "trap_bounds");
    check("indirect", TrapKind::BadSignature, "trap_indirect");
    check(
        "null-indirect",
        TrapKind::IndirectCallToNull,
        "trap_null_indirect",
    );
    check("abort", TrapKind::Unreachable, "trap_abort");
}

#[test]
fn an_error_reads_well_in_every_way_that_it_is_shown() {
    let error = || trap("divide").unwrap_err();
    let chain = "`traps` trapped: warned: integer divide by zero in `trap_divide`";
    assert_eq!(format!("{:#}", error()), chain);

    let debug = format!("{:?}", error());
    let (first, rest) = debug.split_once('\n').unwrap();
    assert_eq!(first, chain);
    assert!(
        rest.starts_with("wasm backtrace:\n   0: `trap_divide`\n   1: `"),
        "{debug}"
    );
    assert!(
        rest.ends_with("\nstdout: \"before\"\nstderr: \"warned\""),
        "{debug}"
    );

    // Each cause once, in those that show the chain of causes themselves.
    let report = anyhow::Error::from(error());
    assert_eq!(format!("{report:#}"), chain);
    assert!(
        format!("{report:?}").starts_with(
            "`traps` trapped: warned\n\nCaused by:\n    integer divide by zero in `trap_divide`"
        ),
        "{report:?}"
    );
    let report = miette::IntoDiagnostic::into_diagnostic(Err::<(), _>(error())).unwrap_err();
    assert_eq!(report.to_string(), "`traps` trapped: warned");
    let causes: Vec<_> = report.chain().map(ToString::to_string).collect();
    assert_eq!(causes.len(), 2);
    assert_eq!(causes.join(": "), chain);
}

#[test]
fn endless_recursion_overflows_the_stack_of_the_program_only() {
    for _ in 0..3 {
        let error = trap("stack").unwrap_err();
        assert_eq!(error.stdout(), b"before");
        assert!(
            matches!(&error, Error::Trap { trap, .. } if trap.kind == Some(TrapKind::StackOverflow)),
            "{error}"
        );
    }
}

#[test]
fn a_trap_in_the_start_function_is_a_trap() {
    #[wasi_program("guests/start_traps.wat")]
    fn run() -> Result<(), Error>;

    assert!(matches!(run(), Err(Error::Trap { .. })));
}

#[test]
fn the_same_thread_runs_other_programs_after_a_trap() {
    #[wasi_program("guests/echo.wasm")]
    fn echo() -> Result<String, Error>;

    for way in ["stack", "bounds", "divide"] {
        assert!(matches!(trap(way), Err(Error::Trap { .. })));
        assert_eq!(echo().unwrap(), "arg 0 echo\nstdin:\n");
    }
}

/// Controls; what turns the direction of text, ends a line or is invisible; and what is for
/// private use.
const HIDDEN: &str = "\x07\x1b\u{85}\u{ad}\u{61c}\u{200b}\u{200f}\u{2028}\u{202e}\u{2067}\u{3164}\u{fe0f}\u{feff}\u{e000}\u{e0041}";

#[test]
fn the_output_in_an_error_does_not_control_the_terminal() {
    #[wasi_program("guests/says.wat", stdin = text)]
    fn says(text: &str) -> Result<(), Error>;

    for hidden in HIDDEN.chars() {
        let error = says(&format!("a{hidden}b größe")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`says` exited with status 1: ab größe",
            "{hidden:?}"
        );
        assert_eq!(error.stderr(), format!("a{hidden}b größe").as_bytes());
        for shown in [format!("{error:#}"), format!("{error:?}")] {
            assert!(!shown.contains(hidden), "{shown:?}");
        }
    }
}

#[test]
fn hidden_characters_of_names_in_an_error_are_escaped() {
    #[wasi_program("guests/says.wat")]
    static SAYS: Program;

    for hidden in HIDDEN.chars() {
        let path = format!("/a{hidden}");
        let mut command = SAYS.command();
        command.map_dir(&path, Mount::memory());
        let error = command
            .map_dir(&path, Mount::memory())
            .output()
            .unwrap_err();
        assert!(matches!(error, Error::DuplicateMount { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            format!(
                "two mounts share the guest path `/a{}`",
                hidden.escape_unicode()
            )
        );
    }
}
