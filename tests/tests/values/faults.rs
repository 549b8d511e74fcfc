//! Calls that do not return: the error says why, and the instance is poisoned.

use std::time::{Duration, Instant};

use wasi_program::{Error, ErrorKind, TrapKind, wasi_program};

#[wasi_program("guests/library.wat", timeout = "200ms", fuel = 1_000_000_000)]
trait Limited {
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
    fn trap(&mut self) -> Result<(), Error>;
    fn deep(&mut self) -> Result<i32, Error>;
    fn spin(&mut self) -> Result<(), Error>;
    fn work(&mut self, rounds: i32) -> Result<(), Error>;
    fn leave(&mut self, code: i32) -> Result<(), Error>;
    fn say(&mut self) -> Result<(), Error>;
    fn grow(&mut self, pages: i32) -> Result<i32, Error>;
}

/// The instance works, fails in this way, and works no more.
#[track_caller]
fn fails(mut library: LimitedInstance, call: impl Fn(&mut LimitedInstance) -> Error) -> Error {
    assert_eq!(library.increment(1).unwrap(), 1);
    library.say().unwrap();
    let error = call(&mut library);
    assert_eq!(error.stdout(), b"said\n");
    for _ in 0..2 {
        let poisoned = library.increment(1).unwrap_err();
        let Error::Poisoned { first, .. } = &poisoned else {
            panic!("{poisoned:?}");
        };
        assert_eq!(first.kind(), error.kind());
        assert_eq!(
            poisoned.to_string(),
            "this instance of `library` cannot be used any more, since an earlier call failed"
        );
        let cause = std::error::Error::source(&poisoned).unwrap();
        assert_eq!(cause.to_string(), error.to_string());
    }
    assert_eq!(LimitedInstance::new().unwrap().increment(1).unwrap(), 1);
    error
}

#[test]
fn a_trap_poisons_an_instance() {
    let error = fails(LimitedInstance::new().unwrap(), |library| {
        library.trap().unwrap_err()
    });
    let Error::Trap { trap, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(trap.kind, Some(TrapKind::Unreachable));
    let error = fails(LimitedInstance::new().unwrap(), |library| {
        library.deep().unwrap_err()
    });
    let Error::Trap { trap, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(trap.kind, Some(TrapKind::StackOverflow));
}

#[test]
fn an_exit_is_an_error_with_the_status() {
    for code in [0, 3] {
        let error = fails(LimitedInstance::new().unwrap(), |library| {
            library.leave(code).unwrap_err()
        });
        let Error::Exit { status, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(status.code(), code.cast_unsigned());
    }
}

#[test]
fn a_call_is_stopped_at_its_timeout() {
    let error = fails(LimitedInstance::new().unwrap(), |library| {
        let start = Instant::now();
        let error = library.spin().unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(10));
        error
    });
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

/// Each call has its own time: together, they take longer than one may.
#[test]
fn the_timeout_applies_to_each_call_separately() {
    let mut library = LimitedInstance::new().unwrap();
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < Duration::from_millis(700) {
        library.increment(1).unwrap();
        calls += 1;
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(library.increment(1).unwrap(), calls + 1);
}

#[test]
fn fuel_applies_to_each_call_separately() {
    let mut command = LimitedInstance::command();
    let mut library = LimitedInstance::from_command(command.fuel(1000)).unwrap();
    for _ in 0..100 {
        library.work(50).unwrap();
    }
    let used = library.report().fuel.unwrap();
    assert!(used > 100 * 50, "{used}");
    let again = {
        let mut library = LimitedInstance::from_command(command.fuel(1000)).unwrap();
        for _ in 0..100 {
            library.work(50).unwrap();
        }
        library.report().fuel.unwrap()
    };
    assert_eq!(used, again);
    let error = library.work(100_000).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfFuel);
    assert_eq!(library.work(1).unwrap_err().kind(), ErrorKind::Poisoned);
}

#[test]
fn a_cancel_handle_stops_the_current_and_all_later_calls() {
    let mut command = LimitedInstance::command();
    command.timeout(Duration::MAX).fuel(u64::MAX);
    let handle = command.cancel_handle();
    let mut spinning = LimitedInstance::from_command(&mut command).unwrap();
    let mut idle = LimitedInstance::from_command(&mut command).unwrap();
    idle.increment(1).unwrap();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        handle.cancel();
    });
    assert_eq!(spinning.spin().unwrap_err().kind(), ErrorKind::Cancelled);
    canceller.join().unwrap();
    for _ in 0..2 {
        assert_eq!(idle.increment(1).unwrap_err().kind(), ErrorKind::Cancelled);
    }
    let error = LimitedInstance::from_command(&mut command).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[test]
fn memory_and_output_are_limited_for_an_instance() {
    let mut command = LimitedInstance::command();
    command.memory_limit(3 << 16).output_limit(12);
    let mut library = LimitedInstance::from_command(&mut command).unwrap();
    assert_eq!(library.grow(2).unwrap(), 1);
    assert_eq!(library.grow(1).unwrap(), -1);
    library.say().unwrap();
    library.say().unwrap();
    assert_eq!(library.take_stdout(), b"said\nsaid\n");
    library.say().unwrap();
    library.say().unwrap();
    let error = library.say().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputLimit);
    assert_eq!(error.stdout(), b"said\nsaid\nsa");
    let error = LimitedInstance::from_command(command.memory_limit(1000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MemoryLimit);
}

#[wasi_program("guests/start_traps.wat")]
trait StartTraps {
    #[export = "_start"]
    fn start(&mut self) -> Result<(), Error>;
}

#[test]
fn a_trap_in_the_start_function_is_an_error_of_instantiation() {
    let result = StartTrapsInstance::new().and_then(|mut library| library.start());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Trap);
}
