//! One program, called from many threads at once.

use std::thread;

use wasi_program::{Error, wasi_program};

#[wasi_program("guests/echo.wasm", args = [thread, call], stdin = stdin)]
fn echo(thread: usize, call: usize, stdin: &str) -> Result<String, Error>;

#[wasi_program("guests/traps.wasm", args = ["bounds"])]
fn trap() -> Result<(), Error>;

#[test]
fn calls_from_many_threads_are_independent() {
    thread::scope(|scope| {
        for number in 0..16 {
            scope.spawn(move || {
                for call in 0..40 {
                    let stdin = format!("{number}/{call}");
                    let expected =
                        format!("arg 0 echo\narg 1 {number}\narg 2 {call}\nstdin:\n{stdin}");
                    assert_eq!(echo(number, call, &stdin).unwrap(), expected);
                    if call % 8 == number % 8 {
                        assert!(matches!(trap(), Err(Error::Trap { .. })));
                    }
                }
            });
        }
    });
}
