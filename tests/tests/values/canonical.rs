//! Values by the Canonical ABI.

use wasi_program::{Error, ErrorKind, ValuePlace, wasi_program};

type Numbers = Vec<i64>;

type Four = (u8, u8, u8, u8);

type Options = Vec<Option<Result<char, Numbers>>>;

#[wasi_program("guests/canonical.wat", timeout = "10s")]
trait Canonical {
    fn greet(&mut self, name: &str) -> Result<String, Error>;
    fn echo(&mut self, text: &str) -> Result<String, Error>;
    #[export = "echo-bytes"]
    fn echo_bytes(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error>;
    fn echo_floats(&mut self, floats: &[f32]) -> Result<Vec<f32>, Error>;
    fn echo_strings(&mut self, strings: &[&str]) -> Result<Vec<String>, Error>;
    fn echo_tuples(
        &mut self,
        tuples: Vec<(u8, String, f64)>,
    ) -> Result<Vec<(u8, String, f64)>, Error>;
    fn echo_options(&mut self, options: &[Option<Result<char, Numbers>>])
    -> Result<Options, Error>;
    #[export = "give"]
    fn give_string(&mut self, pointer: u32, len: u32) -> Result<String, Error>;
    #[export = "give"]
    fn give_list(&mut self, pointer: u32, len: u32) -> Result<Vec<u32>, Error>;
    #[export = "at"]
    fn at(&mut self, pointer: u32) -> Result<(u32, u32), Error>;
    fn post_traps(&mut self) -> Result<String, Error>;
    fn half(&mut self, number: u32) -> Result<Result<u32, String>, Error>;
    fn sum(&mut self, numbers: &[i64]) -> Result<i64, Error>;
    fn seventeenth(&mut self, many: (Four, Four, Four, Four), last: u16) -> Result<u16, Error>;
    fn live(&mut self) -> Result<i32, Error>;
    fn clear(&mut self) -> Result<(), Error>;
    fn misbehave(&mut self, answer: i32) -> Result<(), Error>;
}

fn new() -> CanonicalInstance {
    CanonicalInstance::new().unwrap()
}

#[test]
fn strings_are_passed_in_both_directions() {
    let mut library = new();
    for name in ["", "world", "Grüße, 世界\0"] {
        assert_eq!(library.greet(name).unwrap(), format!("Hello, {name}!"));
        assert_eq!(library.echo(name).unwrap(), name);
        assert_eq!(library.live().unwrap(), 0, "everything was freed");
    }
}

#[test]
fn lists_of_all_kinds_are_passed() {
    let mut library = new();
    assert_eq!(library.echo_bytes(b"").unwrap(), b"");
    assert_eq!(library.echo_bytes(&[0, 255]).unwrap(), [0, 255]);
    assert_eq!(library.echo_floats(&[1.5, -0.0]).unwrap(), [1.5, -0.0]);
    assert_eq!(
        library.echo_strings(&["", "a", "bc"]).unwrap(),
        ["", "a", "bc"]
    );
    let tuples = vec![(1, "one".to_owned(), 1.0), (2, String::new(), -2.5)];
    assert_eq!(library.echo_tuples(tuples.clone()).unwrap(), tuples);
    let options = [
        None,
        Some(Ok('x')),
        Some(Err(vec![i64::MIN, 1])),
        Some(Err(vec![])),
    ];
    assert_eq!(library.echo_options(&options).unwrap(), options);
    assert_eq!(library.sum(&[1, 2, i64::MAX]).unwrap(), i64::MIN + 2);
}

#[test]
fn results_and_many_parameters_are_passed() {
    let mut library = new();
    assert_eq!(library.half(8).unwrap(), Ok(4));
    assert_eq!(library.half(7).unwrap(), Err("Hello".to_owned()));
    let four = (1, 2, 3, 4);
    let last = library
        .seventeenth((four, four, four, four), 0x1234)
        .unwrap();
    assert_eq!(last, 0x1234);
    assert_eq!(library.live().unwrap(), 0);
}

#[test]
fn a_million_numbers_are_passed() {
    let mut library = new();
    let numbers: Vec<f32> = (0..1_000_000).map(|n| n as f32 / 3.0).collect();
    assert_eq!(library.echo_floats(&numbers).unwrap(), numbers);
}

/// The message of a value that was refused. The instance works afterwards.
#[track_caller]
fn refused<T: std::fmt::Debug>(
    library: &mut CanonicalInstance,
    result: Result<T, Error>,
) -> String {
    let error = result.unwrap_err();
    let Error::Value { place, reason, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*place, ValuePlace::Result);
    let prefix = "in `canonical` cannot be read";
    assert!(error.to_string().contains(prefix), "{error}");
    assert_eq!(library.greet("x").unwrap(), "Hello, x!");
    reason.to_string()
}

#[test]
fn results_that_are_not_valid_are_errors() {
    let mut library = new();
    let end = 4 << 16;
    let result = library.give_string(end - 2, 3);
    assert_eq!(
        refused(&mut library, result),
        "3 bytes at address 0x3fffe are not within the memory of the program"
    );
    let result = library.give_string(u32::MAX, u32::MAX);
    assert_eq!(
        refused(&mut library, result),
        "4294967295 bytes at address 0xffffffff are not within the memory of the program"
    );
    let result = library.give_list(0, 1 << 30);
    assert_eq!(
        refused(&mut library, result),
        "4 GiB at address 0x0 are not within the memory of the program"
    );
    let result = library.give_list(2, 1);
    assert_eq!(
        refused(&mut library, result),
        "the pointer 0x2 is not a multiple of 4, the alignment of its type"
    );
    let result = library.at(end - 4);
    assert_eq!(
        refused(&mut library, result),
        "8 bytes at address 0x3fffc are not within the memory of the program"
    );
    let result = library.at(1);
    assert_eq!(
        refused(&mut library, result),
        "the pointer 0x1 is not a multiple of 4, the alignment of its type"
    );
    library.memory_mut()[40000] = 0xff;
    let result = library.give_string(40000, 1);
    assert_eq!(
        refused(&mut library, result),
        "the string is not UTF-8 from byte 0 on"
    );
    // The pointer of an empty string is ignored.
    assert_eq!(library.give_string(u32::MAX, 0).unwrap(), "");
}

/// Each answer of the allocator, and the error of a call that needs it.
#[test]
fn an_allocator_that_misbehaves_is_an_error() {
    let call = |answer| {
        let mut library = new();
        library.misbehave(answer).unwrap();
        let error = library.echo_floats(&[1.0]).unwrap_err();
        (library, error)
    };
    for (answer, expected) in [
        (-3, "the program could not allocate 4 bytes"),
        (
            2,
            "the pointer 0x2 is not a multiple of 4, the alignment of its type",
        ),
        (
            4 << 16,
            "4 bytes at address 0x40000 are not within the memory of the program",
        ),
    ] {
        let (mut library, error) = call(answer);
        let Error::Value { place, reason, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(place, ValuePlace::Parameter(1));
        assert_eq!(reason.to_string(), expected);
        library.misbehave(0).unwrap();
        assert_eq!(library.echo_floats(&[1.0]).unwrap(), [1.0]);
    }
    let (mut library, error) = call(-1);
    assert_eq!(error.kind(), ErrorKind::Trap);
    assert_eq!(library.live().unwrap_err().kind(), ErrorKind::Poisoned);
    // This allocator grows the memory, and the call succeeds.
    let mut library = new();
    library.misbehave(-4).unwrap();
    assert_eq!(library.echo("grown").unwrap(), "grown");
    // All pieces of a list in one place: whatever the guest sees, nothing else is touched.
    library.misbehave(64).unwrap();
    let strings = library.echo_strings(&["one", "two"]);
    assert!(strings.is_ok_and(|strings| strings.len() == 2) || library.live().is_ok());
}

#[test]
fn an_allocator_that_does_not_return_is_stopped() {
    let mut command = CanonicalInstance::command();
    command.timeout(std::time::Duration::from_millis(100));
    let mut library = CanonicalInstance::from_command(&mut command).unwrap();
    library.misbehave(-2).unwrap();
    assert_eq!(library.echo("x").unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(library.live().unwrap_err().kind(), ErrorKind::Poisoned);
}

#[test]
fn a_trap_in_the_post_return_function_is_an_error() {
    let mut library = new();
    assert_eq!(library.post_traps().unwrap_err().kind(), ErrorKind::Trap);
    assert_eq!(library.live().unwrap_err().kind(), ErrorKind::Poisoned);
}

#[test]
fn many_calls_leave_no_memory_allocated() {
    let mut library = new();
    for _ in 0..10_000 {
        assert_eq!(library.greet("world").unwrap(), "Hello, world!");
        library.clear().unwrap();
    }
    assert_eq!(library.live().unwrap(), 0);
    assert_eq!(library.report().memory, 4 << 16);
}
