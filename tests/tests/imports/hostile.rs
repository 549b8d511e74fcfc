//! A hostile guest's calls of the application.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tests::timing::{LATE, assert_within};
use wasi_program::{Error, ErrorKind, Guest, TrapKind, Value, wasi_program};

#[derive(Debug, Clone, Copy, PartialEq, Value)]
enum Kind {
    One,
    Two,
}

#[wasi_program::imports("env")]
trait Env {
    fn read(&mut self, text: &str);
    fn list(&mut self, numbers: &[u64]);
    fn kind(&mut self, kind: Kind);
    fn letter(&mut self, letter: char);
    fn text(&mut self) -> String;
    fn again(&self, guest: &mut Guest<'_>) -> Result<(), Error>;
    fn names(&mut self, names: &[String]);
}

/// Counts its calls, and does what `again` says.
struct Host(fn(&mut Guest<'_>) -> Result<(), Error>);

thread_local! {
    /// The number of names that `names` was called with last, and when it returned.
    static RETURNED: Cell<Option<(usize, Instant)>> = const { Cell::new(None) };
}

static CALLS: AtomicU32 = AtomicU32::new(0);

impl Env for Host {
    fn read(&mut self, _: &str) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    fn list(&mut self, _: &[u64]) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    fn kind(&mut self, _: Kind) {}
    fn letter(&mut self, _: char) {}
    fn text(&mut self) -> String {
        "text".to_owned()
    }
    fn again(&self, guest: &mut Guest<'_>) -> Result<(), Error> {
        (self.0)(guest)
    }
    fn names(&mut self, names: &[String]) {
        RETURNED.set(Some((names.len(), Instant::now())));
    }
}

#[wasi_program(
    "guests/imports_hostile.wat",
    imports = [Env],
    interrupt = true,
    memory = "1GiB"
)]
trait Library {
    fn answer(&mut self, pointer: i32) -> Result<(), Error>;
    #[export = "read"]
    fn read(&mut self, pointer: u32, len: u32) -> Result<(), Error>;
    fn list(&mut self, pointer: u32, len: u32) -> Result<(), Error>;
    fn kind(&mut self, kind: u32) -> Result<(), Error>;
    fn letter(&mut self, letter: u32) -> Result<(), Error>;
    fn text(&mut self, place: u32) -> Result<(), Error>;
    fn again(&mut self) -> Result<(), Error>;
    fn indirect(&mut self, kind: u32) -> Result<(), Error>;
    fn deep(&mut self, depth: u32) -> Result<(), Error>;
    fn names(&mut self, count: u32) -> Result<(), Error>;
}

fn library() -> LibraryInstance {
    LibraryInstance::new(Host(|_| Ok(()))).unwrap()
}

#[test]
fn arguments_that_are_not_valid_never_reach_the_function() {
    type Call = fn(&mut LibraryInstance) -> Result<(), Error>;
    let calls: [(Call, &str); 8] = [
        (
            |library| library.read(65_536, 1),
            "argument 1 of `env.read`, which `imports_hostile` called, cannot be read: 1 byte at \
             address 0x10000 is not within the memory of the program",
        ),
        (
            |library| library.read(u32::MAX, u32::MAX),
            "argument 1 of `env.read`, which `imports_hostile` called, cannot be read: 4294967295 \
             bytes at address 0xffffffff are not within the memory of the program",
        ),
        (
            |library| library.list(4, 1),
            "argument 1 of `env.list`, which `imports_hostile` called, cannot be read: the \
             pointer 0x4 is not a multiple of 8, the alignment of its type",
        ),
        (
            |library| library.list(8, u32::MAX),
            "argument 1 of `env.list`, which `imports_hostile` called, cannot be read: \
             34359738360 bytes at address 0x8 are not within the memory of the program",
        ),
        (
            |library| library.kind(2),
            "argument 1 of `env.kind`, which `imports_hostile` called, cannot be read: there is \
             no case with the number 2: the type has 2 cases",
        ),
        (
            |library| library.indirect(u32::MAX),
            "argument 1 of `env.kind`, which `imports_hostile` called, cannot be read: there is \
             no case with the number 4294967295: the type has 2 cases",
        ),
        (
            |library| library.letter(0xd800),
            "argument 1 of `env.letter`, which `imports_hostile` called, cannot be read: 0xd800 \
             is not a `char`",
        ),
        (
            |library| library.text(65_530),
            "the result of `env.text` cannot be returned to `imports_hostile`, which called it: \
             the pointer 0xfffa is not a multiple of 4, the alignment of its type",
        ),
    ];
    for (call, expected) in calls {
        let mut library = library();
        let error = call(&mut library).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value, "{error:?}");
        assert_eq!(format!("{error:#}"), expected);
        let error = library.again().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Poisoned);
    }
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
    let mut library = library();
    library.indirect(1).unwrap();
    library.letter(0x61).unwrap();
    library.text(16).unwrap();
    assert_eq!(library.instance_memory()[2048..2052], *b"text");
}

impl LibraryInstance {
    fn instance_memory(&self) -> &[u8] {
        self.memory()
    }
}

#[test]
fn an_allocator_that_fails_for_a_result_ends_the_call() {
    for (answer, kind) in [
        (0, ErrorKind::Value),
        (65_535, ErrorKind::Value),
        (-1, ErrorKind::Trap),
    ] {
        let mut library = library();
        library.answer(answer).unwrap();
        let error = library.text(16).unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
    }
}

#[test]
fn an_allocator_that_never_returns_is_stopped_in_time() {
    let mut command = LibraryInstance::command();
    command
        .imports(Host(|_| Ok(())).imports())
        .timeout(Duration::from_millis(100));
    let mut library = LibraryInstance::from_command(&mut command).unwrap();
    library.answer(-2).unwrap();
    let started = Instant::now();
    let error = library.text(16).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn nobody_waits_until_millions_of_arguments_are_dropped() {
    const COUNT: u32 = 4_000_000;
    assert_within(LATE, "to return from a function", || {
        let mut library = library();
        library.names(COUNT).unwrap();
        let (count, returned) = RETURNED.take().unwrap();
        assert_eq!(count, COUNT as usize);
        returned.elapsed()
    });
}

#[test]
fn endless_calls_back_and_forth_end_in_a_trap() {
    let mut library = LibraryInstance::new(Host(|guest| guest.call("again", ()))).unwrap();
    let error = library.again().unwrap_err();
    match error {
        Error::Trap { trap, .. } => assert_eq!(trap.kind, Some(TrapKind::StackOverflow)),
        other => panic!("{other:?}"),
    }
    // So do calls of the allocator, which calls the application, which allocates.
    let allocates = |guest: &mut Guest<'_>| guest.allocate(1, 1).map(drop);
    let mut library = LibraryInstance::new(Host(allocates)).unwrap();
    library.answer(-3).unwrap();
    let error = library.text(16).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trap, "{error:?}");
}

/// The guest's stack is used up to each depth near its end before the application calls the
/// guest, or returns to it, or traps.
#[test]
fn nothing_happens_at_the_end_of_the_stack_but_a_trap() {
    let fits = |depth| library().deep(depth).is_ok();
    let (mut low, mut high) = (0, 100_000);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match fits(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    assert!(low > 1000, "{low}");
    // From where nested calls have too little stack, to where the import itself has none.
    let mut nested = [0; 3];
    for depth in (low - low / 10..low + 20).step_by(low as usize / 4000 + 1) {
        for (index, again) in [
            (|guest: &mut Guest<'_>| guest.call("answer", (1,))) as fn(&mut Guest<'_>) -> _,
            |guest| guest.call("again", ()),
            |_| Ok(()),
        ]
        .into_iter()
        .enumerate()
        {
            let mut library = LibraryInstance::new(Host(again)).unwrap();
            match library.deep(depth) {
                Ok(()) => nested[index] += 1,
                Err(Error::Trap { trap, .. }) => {
                    assert_eq!(trap.kind, Some(TrapKind::StackOverflow), "{depth}");
                }
                Err(other) => panic!("{depth}: {other:?}"),
            }
            // Other threads, and this one, are as before.
            std::thread::spawn(library_answers).join().unwrap();
        }
    }
    assert!(nested[0] > 0 && nested[2] > nested[0], "{nested:?}");
    assert_eq!(nested[1], 0, "it never ends");
}

fn library_answers() {
    let mut library = library();
    library.again().unwrap();
    let error = library.read(65_536, 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value);
}
