//! Functions under the attribute that call an exported function with values.

use std::time::{Duration, Instant};

use wasi_program::{Error, ErrorKind, Value, wasi_program};

#[wasi_program("guests/add.wat", export = "add")]
fn add(a: i32, b: i32) -> Result<i32, Error>;

/// Adds to a counter that starts at 0.
#[wasi_program("guests/library.wat", export = "increment")]
fn increment(by: i32) -> Result<i32, Error>;

type Answer<T> = Result<T, Error>;

#[wasi_program("guests/strings.wat", export = "twice")]
fn twice(text: &str) -> Answer<String>;

#[derive(Debug, PartialEq, Value)]
struct Word {
    text: String,
    count: u32,
}

/// A key uses the parameter as well.
#[wasi_program("guests/shapes.wasm", export = "count", args = [sentence])]
fn count(sentence: &str) -> Result<Vec<Word>, Error>;

#[wasi_program("guests/library.wat", export = "work", timeout = "100ms")]
fn work(rounds: i32) -> Result<(), Error>;

#[wasi_program("guests/library.wat", export = "work", fuel = 1000)]
fn work_little(rounds: i32) -> Result<(), Error>;

#[test]
fn a_function_passes_its_parameters_and_returns_the_result() {
    assert_eq!(add(1, 2).unwrap(), 3);
    assert_eq!(add(i32::MAX, 1).unwrap(), i32::MIN);
    assert_eq!(twice("ab").unwrap(), "ab");
    let word = |text: &str, count| Word {
        text: text.to_owned(),
        count,
    };
    assert_eq!(
        count("a b a").unwrap(),
        [word("a", 1), word("b", 1), word("a", 2)]
    );
}

#[test]
fn each_call_has_an_instance_of_its_own() {
    for by in [1, 2, 3] {
        assert_eq!(increment(by).unwrap(), by);
    }
}

#[test]
fn a_call_is_stopped_at_its_timeout() {
    let start = Instant::now();
    let error = work(i32::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() >= Duration::from_millis(100));
    work(1).unwrap();
}

#[test]
fn a_call_has_the_fuel_of_the_attribute() {
    work_little(10).unwrap();
    let error = work_little(1000).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfFuel);
}
