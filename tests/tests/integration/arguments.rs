//! The name, arguments and environment of a program.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::num::NonZeroU8;
use std::path::Path;
use std::rc::Rc;

use wasi_program::{Error, Program, wasi_program};

#[wasi_program("guests/echo.wasm")]
static ECHO: Program;

/// The lines that `echo` prints before it copies its input.
fn told(output: &str) -> Vec<&str> {
    output
        .lines()
        .take_while(|line| *line != "stdin:")
        .collect()
}

#[test]
fn a_program_starts_with_its_name_and_nothing_else() {
    #[wasi_program("guests/echo.wasm")]
    fn echo() -> Result<String, Error>;

    // SAFETY: nothing else in this process reads or writes this variable.
    unsafe { std::env::set_var("WASI_PROGRAM_TEST_SECRET", "1") };
    assert_eq!(echo().unwrap(), "arg 0 echo\nstdin:\n");
}

#[test]
fn the_name_can_be_set() {
    #[wasi_program("guests/echo.wasm", name = name)]
    fn echo(name: &str) -> Result<String, Error>;

    assert_eq!(told(&echo("/bin/sh").unwrap()), ["arg 0 /bin/sh"]);
}

#[test]
fn arguments_are_strings_paths_numbers_and_splices_in_the_order_written() {
    #[wasi_program(
        "guests/echo.wasm",
        args = [
            "-o", path, os, count, ratio, ..more, flag, letter, shared, owned, small, "last",
        ],
    )]
    #[allow(clippy::too_many_arguments)]
    fn echo(
        path: &Path,
        os: &OsStr,
        count: usize,
        ratio: f64,
        more: &[String],
        flag: bool,
        letter: char,
        shared: Rc<str>,
        owned: Cow<'_, str>,
        small: NonZeroU8,
    ) -> Result<String, Error>;

    let output = echo(
        Path::new("a/b"),
        OsStr::new("c d"),
        3,
        0.5,
        &["e".into(), String::new()],
        true,
        'ü',
        "f".into(),
        "g".into(),
        NonZeroU8::MAX,
    );
    let expected = [
        "arg 0 echo",
        "arg 1 -o",
        "arg 2 a/b",
        "arg 3 c d",
        "arg 4 3",
        "arg 5 0.5",
        "arg 6 e",
        "arg 7 ",
        "arg 8 true",
        "arg 9 ü",
        "arg 10 f",
        "arg 11 g",
        "arg 12 255",
        "arg 13 last",
    ];
    assert_eq!(told(&output.unwrap()), expected);
}

#[test]
fn arguments_can_be_one_expression() {
    #[wasi_program("guests/echo.wasm", args = list.iter().map(|n| n * 2))]
    fn echo(list: &[i32]) -> Result<String, Error>;

    assert_eq!(
        told(&echo(&[1, -2]).unwrap()),
        ["arg 0 echo", "arg 1 2", "arg 2 -4"]
    );
}

#[test]
fn the_environment_is_what_is_listed_sorted_and_later_wins() {
    #[wasi_program("guests/echo.wasm", env = { "Z" = 1, "A" = a, ..rest, "LAST" = "" })]
    fn echo(a: &str, rest: &HashMap<String, String>) -> Result<String, Error>;

    let rest = HashMap::from([
        ("A".into(), "from the map".into()),
        ("M".into(), "x=y".into()),
    ]);
    let output = echo("first", &rest).unwrap();
    let expected = [
        "arg 0 echo",
        "env A=from the map",
        "env LAST=",
        "env M=x=y",
        "env Z=1",
    ];
    assert_eq!(told(&output), expected);
}

#[test]
fn the_environment_can_be_one_expression() {
    #[wasi_program("guests/echo.wasm", env = [("ONE", 1), ("TWO", 2)])]
    fn echo() -> Result<String, Error>;

    assert_eq!(
        told(&echo().unwrap()),
        ["arg 0 echo", "env ONE=1", "env TWO=2"]
    );
}

#[test]
fn a_command_is_built_like_one_of_std() {
    let output = ECHO
        .command()
        .name("other")
        .arg("a")
        .args(["b", "c"])
        .env("GONE", "1")
        .env_clear()
        .env("K", "1")
        .envs([("L", "2"), ("K", "3"), ("M", "4")])
        .env_remove("M")
        .stdin("in")
        .output()
        .unwrap();
    let expected = "arg 0 other\narg 1 a\narg 2 b\narg 3 c\nenv K=3\nenv L=2\nstdin:\nin";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn a_command_can_be_run_any_number_of_times() {
    let mut command = ECHO.command();
    let once = command.stdin("in").output().unwrap();
    assert_eq!(once, command.output().unwrap());
    command.arg("more");
    assert_ne!(once, command.output().unwrap());
}

#[test]
fn a_static_evaluates_its_expressions_for_each_command() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);

    #[wasi_program(
        "guests/echo.wasm",
        name = "counting",
        args = [CALLS.fetch_add(1, Ordering::Relaxed)],
        env = { "FROM" = "the attribute" },
    )]
    static COUNTING: Program;

    let run = |more: &str| {
        let output = COUNTING.command().arg(more).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let environment = "env FROM=the attribute";
    assert_eq!(
        told(&run("a")),
        ["arg 0 counting", "arg 1 0", "arg 2 a", environment]
    );
    assert_eq!(
        told(&run("b")),
        ["arg 0 counting", "arg 1 1", "arg 2 b", environment]
    );
}

#[test]
fn many_long_arguments_arrive() {
    let arguments: Vec<String> = (0..2000).map(|i| format!("{i:0>200}")).collect();
    let output = ECHO.command().args(&arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told(&text).len(), 2001);
    assert!(text.contains(&format!("arg 2000 {}", arguments[1999])));
}

#[test]
fn a_command_takes_numbers_and_shows_what_it_was_given() {
    let mut command = ECHO.command();
    command
        .arg("text")
        .arg(7)
        .arg('c')
        .args([1.5, 2.0])
        .env("B", 2)
        .env("A", true);
    let arguments: Vec<&OsStr> = command.get_args().collect();
    assert_eq!(arguments, ["text", "7", "c", "1.5", "2"]);
    let variables: Vec<(&OsStr, &OsStr)> = command.get_envs().collect();
    assert_eq!(
        variables,
        [
            (OsStr::new("A"), OsStr::new("true")),
            (OsStr::new("B"), OsStr::new("2"))
        ]
    );
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert_eq!(
        told(&output),
        [
            "arg 0 echo",
            "arg 1 text",
            "arg 2 7",
            "arg 3 c",
            "arg 4 1.5",
            "arg 5 2",
            "env A=true",
            "env B=2"
        ]
    );
}

#[test]
fn a_clone_of_a_program_runs_like_it() {
    let clone = ECHO.clone();
    assert_eq!(clone.name(), ECHO.name());
    assert_eq!(
        clone.command().output().unwrap(),
        ECHO.command().output().unwrap()
    );
}
