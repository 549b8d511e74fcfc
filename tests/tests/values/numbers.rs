//! Functions with numbers, which need no convention.

use wasi_program::{Error, FunctionError, Program, wasi_program};

/// A library with a state.
#[wasi_program("guests/library.wat")]
pub trait Library {
    /// Adds to a counter, which starts at 0, and returns it.
    fn increment(&mut self, by: i32) -> Result<i32, Error>;
    fn mix(&mut self, a: i32, b: i64, c: f32, d: f64) -> Result<f64, Error>;
    fn swap(&mut self, a: i32, b: i64) -> Result<(i64, i32), Error>;
    fn is_even(&mut self, number: i32) -> Result<bool, Error>;
    #[export = "widen"]
    fn widened_byte(&mut self, byte: u8) -> Result<u8, Error>;
    #[export = "widen"]
    fn widened_signed(&mut self, byte: i8) -> Result<i16, Error>;
    #[export = "same"]
    fn same_byte(&mut self, byte: i8) -> Result<i32, Error>;
    #[export = "same"]
    fn same_char(&mut self, character: char) -> Result<char, Error>;
    #[expect(clippy::too_many_arguments, reason = "as many as there can be")]
    fn last(
        &mut self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
        m: u8,
        n: u8,
        o: u8,
        p: i64,
    ) -> Result<i64, Error>;
    fn nothing(&mut self) -> Result<(), Error>;
    fn say(&mut self) -> Result<(), Error>;
    fn load(&mut self, at: u32) -> Result<u32, Error>;
    fn store(&mut self, at: u32, value: u32) -> Result<(), Error>;
    /// This is not a function of the module.
    fn increment_twice(&mut self, by: i32) -> Result<i32, Error> {
        self.increment(by)?;
        self.increment(by)
    }
}

#[wasi_program("guests/add.wat")]
trait Add {
    fn add(&mut self, a: i32, b: i32) -> Result<i32, Error>;
}

#[wasi_program("guests/library.wat")]
static LIBRARY: Program;

#[test]
fn an_instance_keeps_its_state_between_calls() {
    let mut library = LibraryInstance::new().unwrap();
    assert_eq!(library.increment(2).unwrap(), 2);
    assert_eq!(library.increment(40).unwrap(), 42);
    assert_eq!(library.increment_twice(-21).unwrap(), 0);
    // Another instance has its own.
    assert_eq!(LibraryInstance::new().unwrap().increment(1).unwrap(), 1);
}

#[test]
fn a_dropped_instance_leaves_no_data_to_the_next() {
    for _ in 0..3 {
        let mut library = LibraryInstance::new().unwrap();
        assert_eq!(library.load(4096).unwrap(), 0);
        library.store(4096, 7).unwrap();
        assert_eq!(library.increment(5).unwrap(), 5);
    }
}

#[test]
fn numbers_of_all_types_are_passed() {
    let mut library = LibraryInstance::new().unwrap();
    assert_eq!(library.mix(1, -2, 0.5, 4.25).unwrap(), 3.75);
    assert_eq!(library.swap(-1, i64::MIN).unwrap(), (i64::MIN, -1));
    assert!(library.is_even(4).unwrap());
    assert!(!library.is_even(-3).unwrap());
    // Only a type's own bits count.
    assert_eq!(library.widened_byte(200).unwrap(), 200);
    assert_eq!(library.widened_signed(-1).unwrap(), -1);
    assert_eq!(library.same_byte(-128).unwrap(), -128);
    assert_eq!(library.same_char('\u{1f600}').unwrap(), '\u{1f600}');
    let last = library.last(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -16);
    assert_eq!(last.unwrap(), -16);
    library.nothing().unwrap();
}

#[test]
fn a_module_without_imports_and_memory_is_a_library() {
    let mut add = AddInstance::new().unwrap();
    assert_eq!(add.add(i32::MAX, 1).unwrap(), i32::MIN);
    assert_eq!(add.memory(), b"");
    assert_eq!(add.report().memory, 0);
}

#[test]
fn memory_and_outputs_can_be_seen_between_calls() {
    let mut library = LibraryInstance::new().unwrap();
    assert_eq!(library.memory().len(), 65536);
    library.memory_mut()[100..104].copy_from_slice(&0x1234_5678_u32.to_le_bytes());
    assert_eq!(library.load(100).unwrap(), 0x1234_5678);
    library.store(200, 0x0102_0304).unwrap();
    assert_eq!(library.memory()[200..204], [4, 3, 2, 1]);

    library.say().unwrap();
    library.say().unwrap();
    assert_eq!(library.take_stdout(), b"said\nsaid\n");
    assert_eq!(library.take_stdout(), b"");
    assert_eq!(library.take_stderr(), b"");
    library.say().unwrap();
    assert_eq!(library.take_stdout(), b"said\n");
    let report = library.report();
    assert_eq!(report.memory, 65536);
    assert_eq!(report.bytes_written, Some(15));
    assert_eq!(report.fuel, None);
}

#[test]
fn an_instance_can_move_to_another_thread() {
    let mut library = LibraryInstance::new().unwrap();
    library.increment(1).unwrap();
    let mut library = std::thread::spawn(move || {
        library.increment(1).unwrap();
        library
    })
    .join()
    .unwrap();
    assert_eq!(library.increment(1).unwrap(), 3);
}

/// A mock in the place of an instance.
#[test]
fn anything_can_implement_the_trait() {
    struct Mock;
    impl Add for Mock {
        fn add(&mut self, a: i32, b: i32) -> Result<i32, Error> {
            Ok(a * 10 + b)
        }
    }
    fn sum(add: &mut impl Add) -> i32 {
        add.add(1, 2).unwrap()
    }
    assert_eq!(sum(&mut Mock), 12);
    assert_eq!(sum(&mut AddInstance::new().unwrap()), 3);
}

#[test]
fn functions_can_be_found_by_name() {
    let mut instance = LIBRARY.instance().unwrap();
    let increment = instance.typed::<(i32,), i32>("increment").unwrap();
    assert_eq!(increment.call(&mut instance, (3,)).unwrap(), 3);
    // The handles work on every instance of the module.
    let mut other = LIBRARY.instance().unwrap();
    assert_eq!(increment.call(&mut other, (4,)).unwrap(), 4);
    assert_eq!(increment.call(&mut instance, (4,)).unwrap(), 7);
    let mut add = AddInstance::command().instance().unwrap();
    let error = increment.call(&mut add, (1,)).unwrap_err();
    assert!(matches!(
        error,
        Error::Function {
            reason: FunctionError::OtherModule,
            ..
        }
    ));
}

#[track_caller]
fn refused<P: wasi_program::Parameters, R: wasi_program::Value>(name: &str) -> String {
    let instance = LIBRARY.instance().unwrap();
    let error = instance.typed::<P, R>(name).unwrap_err();
    assert_eq!(error.program(), Some("library"));
    format!("{error:#}")
}

#[test]
fn a_function_of_another_type_is_refused_when_it_is_found() {
    assert_eq!(
        refused::<(i64,), i32>("increment"),
        "cannot call `increment` of `library`: its type in the module is `(i32) -> i32`, and the declared types need `(i64) -> i32`"
    );
    assert_eq!(
        refused::<(), ()>("swap"),
        "cannot call `swap` of `library`: its type in the module is `(i32, i64) -> (i64, i32)`, and the declared types need `() -> ()`"
    );
    assert_eq!(
        refused::<(i32,), i32>("incremnt"),
        "cannot call `incremnt` of `library`: the module exports no such function; did you mean `increment`?"
    );
    assert_eq!(
        refused::<(i32,), ()>("memory"),
        "cannot call `memory` of `library`: the module exports no such function"
    );
    // A reference would be an address.
    assert_eq!(
        refused::<(i64,), ()>("reference"),
        "cannot call `reference` of `library`: its type in the module is `(funcref) -> ()`, and the declared types need `(i64) -> ()`"
    );
    assert_eq!(
        refused::<(i32, i32), String>("swap"),
        "cannot call `swap` of `library`: its type in the module is `(i32, i64) -> (i64, i32)`, and the declared types need `(i32, i32) -> (i32, i32)`"
    );
}

/// The host knows which pages an instance has touched by the page faults of its thread. Here,
/// other threads touch them.
#[test]
fn an_instance_that_was_on_another_thread_leaves_no_data_to_the_next() {
    use std::sync::mpsc;

    let (to, work) = mpsc::channel::<(LibraryInstance, u32, bool)>();
    let (done, from) = mpsc::channel();
    let other = std::thread::spawn(move || {
        for (mut library, at, by_guest) in work {
            if by_guest {
                library.store(at, 0x5ec_2e7).unwrap();
            } else {
                library.memory_mut()[at as usize] = 0x5e;
            }
            done.send(library).unwrap();
        }
    });
    for round in 0..200_u32 {
        let at = 4096 * (2 + round % 13) + 64;
        let mut library = LibraryInstance::new().unwrap();
        assert_eq!(library.load(at).unwrap(), 0, "round {round}");
        drop(library);
        let library = LibraryInstance::new().unwrap();
        to.send((library, at, round % 2 == 0)).unwrap();
        drop(from.recv().unwrap());
        let mut library = LibraryInstance::new().unwrap();
        for page in 2..15 {
            assert_eq!(library.load(4096 * page + 64).unwrap(), 0, "round {round}");
        }
    }
    drop(to);
    other.join().unwrap();
}

/// Like the test above, but this thread lends the memory to another one.
#[test]
fn memory_that_another_thread_wrote_is_not_seen_by_the_next_instance() {
    use std::ptr;
    use std::sync::atomic::{AtomicPtr, Ordering};

    // The byte that the other thread is to write; null once it has been written.
    let byte = AtomicPtr::new(ptr::null_mut::<u8>());
    let end = || ptr::dangling_mut::<u8>();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let to = byte.load(Ordering::Acquire);
                if to == end() {
                    return;
                }
                if !to.is_null() {
                    // SAFETY: the other thread lends the memory until the pointer is null.
                    unsafe { to.write(1) };
                    byte.store(ptr::null_mut(), Ordering::Release);
                }
                std::thread::yield_now();
            }
        });
        // After these runs, this thread has no more page faults.
        for _ in 0..50 {
            drop(LibraryInstance::new().unwrap());
        }
        let mut found = Vec::new();
        // A page that was touched once is reset from then on.
        for page in 2..15 {
            let at = 4096 * page + 64;
            let mut library = LibraryInstance::new().unwrap();
            byte.store(&raw mut library.memory_mut()[at], Ordering::Release);
            while !byte.load(Ordering::Acquire).is_null() {
                std::hint::spin_loop();
            }
            drop(library);
            let mut library = LibraryInstance::new().unwrap();
            found.push(library.load(at as u32).unwrap());
        }
        byte.store(end(), Ordering::Release);
        assert_eq!(found, [0; 13]);
    });
}
