//! Limits of fuel: who does more than it may is stopped, whatever it does, and what is
//! counted is the same each time.

use std::thread;
use std::time::Duration;

use tests::guests::ENDLESS;
use wasi_program::{Command, Error, Output, Program, TrapKind, wasi_program};

use crate::bulk::{self, record};

/// A guest that never ends, or takes as much as it can get: `guests/misbehaves.wat`.
#[wasi_program("guests/misbehaves.wat", fuel = 1_000_000)]
static MISBEHAVES: Program;

/// Uses some fuel, each export as much as it says: `guests/metered.wat`.
#[wasi_program("guests/metered.wat", export = "nothing", fuel = u64::MAX)]
static METERED: Program;

/// The same, which can also be interrupted.
#[wasi_program("guests/metered.wat", export = "nothing", fuel = u64::MAX, interrupt = true)]
static INTERRUPTIBLE: Program;

/// Writes its arguments and its input: `guests/echo.c`.
#[wasi_program("guests/echo.wasm", fuel = u64::MAX)]
static ECHO: Program;

/// Fills and copies what its input says: `guests/bulk.wat`.
#[wasi_program("guests/bulk.wat", fuel = u64::MAX)]
static BULK: Program;

/// The fuel that each export of `guests/metered.wat` uses, including functions that run before
/// it.
const USES: &[(&str, u64)] = &[
    ("nothing", 5 + 1),
    ("straight", 5 + 11),
    ("returns", 5 + 1),
    ("calls", 5 + 3 + 2 * 2),
    ("calls_indirectly", 5 + 3 + 2),
    ("loops", 5 + 2 + 10 * 7 + 2),
    ("writes", 5 + 9),
    ("exits", 5 + 2),
    ("exits_late", 5 + 12),
    ("recurses", 5 + 3 + 12 * 0xffff + 3 * 0x1_0000),
];

fn metered(program: &Program, export: &str) -> Command {
    let mut command = program.command();
    command.export(export);
    command
}

fn used(output: &Output) -> u64 {
    output.report().fuel.unwrap()
}

/// The error of a run that has no more than `fuel`.
#[track_caller]
fn out_of_fuel(command: &mut Command, fuel: u64) -> Error {
    let error = command.fuel(fuel).output().unwrap_err();
    assert!(
        matches!(error, Error::OutOfFuel { fuel: given, .. } if given == fuel),
        "{error:?}"
    );
    error
}

/// A program that behaves runs as ever.
#[track_caller]
fn assert_the_next_runs() {
    let output = metered(&METERED, "writes").output().unwrap();
    assert_eq!((&*output.stdout, used(&output)), (&b"started\n"[..], 14));
}

/// Returns the least fuel that is enough.
fn least(command: &mut Command) -> u64 {
    let (mut short, mut enough) = (0u64, 1 << 30);
    while enough - short > 1 {
        let fuel = short.midpoint(enough);
        match command.fuel(fuel).output() {
            Ok(_) => enough = fuel,
            Err(Error::OutOfFuel { .. }) => short = fuel,
            Err(error) => panic!("{error:?}"),
        }
    }
    enough
}

#[test]
fn a_program_out_of_fuel_is_stopped_whatever_it_does() {
    // Work of the host is not counted. These exports wait for the host, or give it much work.
    let host = ["sleep", "wait_for_input", "read", "random", "poll"];
    let endless = ENDLESS.iter().filter(|export| !host.contains(export));
    for export in endless.chain(&["overflow"]) {
        for fuel in [500, 1000, 12_345] {
            let mut command = metered(&MISBEHAVES, export);
            let error = out_of_fuel(command.memory_limit(64 << 20), fuel);
            assert_eq!(error.stdout(), b"started\n", "{export}");
            assert!(!error.frames().is_empty(), "{export}");
        }
        assert_the_next_runs();
    }
}

#[test]
fn a_start_function_that_never_ends_is_stopped_too() {
    #[wasi_program("guests/start_loops.wat", fuel = 1000)]
    static START_LOOPS: Program;

    let error = out_of_fuel(&mut START_LOOPS.command(), 10_000);
    assert_eq!(error.stdout(), b"started\n");
    assert_the_next_runs();
}

#[test]
fn exponential_recursion_is_stopped_and_the_error_says_where() {
    let error = out_of_fuel(&mut metered(&METERED, "recurses_for_ever"), 1_000_000);
    let name = error.frames().first().and_then(|frame| frame.demangled());
    assert_eq!(name.as_deref(), Some("tree"));
    assert_eq!(error.to_string(), "`metered` used more fuel than 1000000");
    assert!(
        format!("{error:?}").contains("wasm backtrace:\n   0: `tree`"),
        "{error:?}"
    );
    assert_the_next_runs();
}

#[test]
fn each_instruction_costs_one_whether_it_can_be_interrupted_or_not() {
    for program in [&METERED, &INTERRUPTIBLE] {
        for (export, expected) in USES {
            let output = metered(program, export).output().unwrap();
            assert_eq!(used(&output), *expected, "{export}");
        }
    }
}

#[test]
fn a_program_needs_exactly_as_much_fuel_as_it_uses() {
    for (export, expected) in USES {
        assert_eq!(least(&mut metered(&METERED, export)), *expected, "{export}");
    }
    let mut echo = ECHO.command();
    echo.args(["one", "two"]).stdin("some input");
    let enough = used(&echo.output().unwrap());
    assert_eq!(least(&mut echo), enough);
    // And nothing between none and enough makes anything else of it.
    for fuel in (0..enough).step_by(97) {
        out_of_fuel(&mut echo, fuel);
    }
}

#[test]
fn a_program_that_ends_beyond_its_fuel_is_out_of_fuel() {
    // It neither calls nor loops after the last look.
    let error = out_of_fuel(&mut metered(&METERED, "straight"), 10);
    assert!(error.frames().is_empty());
    // The output written before is in the error.
    for fuel in [10, 13] {
        let error = out_of_fuel(&mut metered(&METERED, "writes"), fuel);
        assert_eq!(error.stdout(), b"started\n");
    }
    let error = out_of_fuel(&mut metered(&METERED, "writes"), 9);
    assert!(error.stdout().is_empty());
    assert_the_next_runs();
}

#[test]
fn functions_before_the_export_use_fuel() {
    for fuel in 0..6 {
        out_of_fuel(&mut metered(&METERED, "nothing"), fuel);
    }
    assert!(metered(&METERED, "nothing").fuel(6).output().is_ok());
}

#[test]
fn a_program_that_exits_within_its_fuel_has_its_own_status() {
    for (export, enough) in [("exits", 7), ("exits_late", 17)] {
        let mut command = metered(&METERED, export);
        let status = command.fuel(enough).status().unwrap();
        assert_eq!(status.code(), 7);
        for fuel in [0, 5, enough - 1] {
            out_of_fuel(&mut command, fuel);
        }
    }
}

#[track_caller]
fn assert_traps(command: &mut Command, fuel: u64, expected: TrapKind) {
    let error = command.fuel(fuel).output().unwrap_err();
    assert!(
        matches!(&error, Error::Trap { trap, .. } if trap.kind == Some(expected)),
        "{error:?}"
    );
}

#[test]
fn a_program_that_traps_within_its_fuel_traps() {
    let mut command = metered(&METERED, "aborts");
    for fuel in [9, u64::MAX] {
        assert_traps(&mut command, fuel, TrapKind::Unreachable);
    }
    // To stop a program is to have it reach an `unreachable`, too.
    for fuel in 0..9 {
        out_of_fuel(&mut command, fuel);
    }
    // A trap that cannot be the check of the fuel is reported as what it is, even without
    // fuel.
    for fuel in [8, u64::MAX] {
        let mut command = metered(&METERED, "divides");
        assert_traps(&mut command, fuel, TrapKind::IntegerDivisionByZero);
    }
    // With fuel for ever, the stack ends first.
    let mut command = metered(&MISBEHAVES, "overflow");
    assert_traps(&mut command, u64::MAX, TrapKind::StackOverflow);
}

#[test]
fn no_fuel_runs_nothing_and_the_maximum_runs_everything() {
    for (export, expected) in USES {
        out_of_fuel(&mut metered(&METERED, export), 0);
        for fuel in [1 << 40, i64::MAX as u64, 1 << 63, u64::MAX - 1, u64::MAX] {
            let output = metered(&METERED, export).fuel(fuel).output().unwrap();
            assert_eq!(used(&output), *expected, "{export}");
        }
    }
}

#[test]
fn each_run_uses_the_same_fuel_on_every_thread() {
    let run = |input: &str| used(&ECHO.command().arg(input).stdin(input).output().unwrap());
    let inputs = ["", "one", "one and another"];
    let expected = inputs.map(run);
    assert!(expected.is_sorted() && expected[0] < expected[2]);
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..30 {
                    let which = (thread + round) % 3;
                    assert_eq!(run(inputs[which]), expected[which]);
                    if round % 5 == 0 {
                        out_of_fuel(&mut metered(&MISBEHAVES, "loop"), 1000);
                    }
                }
            });
        }
    });
}

#[test]
fn filling_and_copying_cost_one_unit_for_64_bytes() {
    #[wasi_program("guests/bulk.wat", fuel = u64::MAX, interrupt = true)]
    static INTERRUPTIBLE: Program;

    let run = |program: &Program, [op, a, b, n]: [u32; 4]| {
        let mut command = program.command();
        used(&command.stdin(record(op, a, b, n)).output().unwrap())
    };
    let check = |op: u32, lengths: &[u32]| {
        for program in [&BULK, &INTERRUPTIBLE] {
            let nothing = run(program, [op, 0, 0, 0]);
            for n in lengths {
                let more = run(program, [op, 0, 0, *n]) - nothing;
                assert_eq!(more, u64::from(n / 64), "operation {op} on {n}");
            }
        }
    };
    let memory = [
        1,
        63,
        64,
        65,
        1000,
        1 << 20,
        (1 << 20) + 64,
        (3 << 20) + 5,
        5 << 20,
    ];
    for op in bulk::FILL.into_iter().chain(bulk::COPY.concat()) {
        check(op, &memory);
    }
    for op in bulk::INIT.into_iter().chain([bulk::INIT_TABLE]) {
        check(op, &[1, 63, 64]);
    }
    check(bulk::FILL_TABLE, &[63, 64, 1000]);
    check(bulk::COPY_TABLE, &[63, 64, 1000]);
    check(bulk::GROW_TABLE, &[63, 64, 100_000]);
}

#[test]
fn a_program_without_fuel_for_a_fill_is_stopped_before_it() {
    for op in [bulk::FILL[0], bulk::COPY[1][0], bulk::FILL_TABLE] {
        let mut command = BULK.command();
        // Which would be out of bounds, too.
        let error = out_of_fuel(command.stdin(record(op, 0, 0, u32::MAX)), 1 << 20);
        assert_eq!(error.frames().len(), 1);
    }
}

#[test]
fn a_program_can_have_both_a_timeout_and_fuel() {
    #[wasi_program(
        "guests/misbehaves.wat",
        export = "loop",
        timeout = timeout,
        fuel = fuel
    )]
    fn run(timeout: Duration, fuel: u64) -> Result<(), Error>;

    let (short, long) = (Duration::from_millis(50), Duration::from_secs(600));
    let error = run(long, 1_000_000).unwrap_err();
    assert!(matches!(error, Error::OutOfFuel { .. }), "{error:?}");
    let error = run(short, u64::MAX).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_eq!(error.stdout(), b"started\n");
    let mut command = metered(&INTERRUPTIBLE, "writes");
    let output = command.timeout(long).fuel(14).output().unwrap();
    assert_eq!(used(&output), 14);
    out_of_fuel(&mut command, 13);
}

#[test]
fn the_attribute_sets_fuel_by_an_expression() {
    #[wasi_program("guests/metered.wat", export = "loops", fuel = turns * 7 + 9)]
    fn loops(turns: u64) -> Result<(), Error>;

    assert!(loops(10).is_ok());
    let error = loops(9).unwrap_err();
    assert!(
        matches!(error, Error::OutOfFuel { fuel: 72, .. }),
        "{error:?}"
    );
}

#[test]
fn a_program_that_does_not_count_says_so_instead_of_running() {
    #[wasi_program("guests/echo.wasm")]
    static ECHO: Program;

    let error = ECHO.command().fuel(u64::MAX).output().unwrap_err();
    assert!(matches!(error, Error::NotMetered { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "`echo` is not metered, which a limit of fuel requires; add `fuel = …` to its attribute, \
         or call `metered(true)` on its builder"
    );
    assert_eq!(ECHO.command().output().unwrap().report().fuel, None);
}
