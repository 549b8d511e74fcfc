//! The checks that a program is stopped by change nothing of what it does.

use wasi_program::{Error, Output, Program, TrapKind};

/// The same program with each set of checks, and what it is called here.
pub(crate) type Variants = [(&'static str, &'static Program); 4];

macro_rules! variants {
    ($name:ident, $guest:literal) => {
        fn $name() -> Variants {
            #[wasi_program::wasi_program($guest)]
            static PLAIN: Program;
            #[wasi_program::wasi_program($guest, interrupt = true)]
            static INTERRUPT: Program;
            #[wasi_program::wasi_program($guest, fuel = u64::MAX)]
            static FUEL: Program;
            #[wasi_program::wasi_program($guest, interrupt = true, fuel = u64::MAX)]
            static BOTH: Program;
            [
                ("without checks", &PLAIN),
                ("interrupt", &INTERRUPT),
                ("fuel", &FUEL),
                ("interrupt and fuel", &BOTH),
            ]
        }
    };
}
pub(crate) use variants;

variants!(control, "guests/control.wat");
variants!(traps, "guests/traps.wasm");

/// Returns the comparable part of a run's result.
pub(crate) fn outcome(
    result: Result<Output, Error>,
) -> (u32, Option<TrapKind>, Vec<String>, Vec<u8>) {
    match result {
        Ok(output) => (output.status.code(), None, Vec::new(), output.stdout),
        Err(error) => {
            let Error::Trap { trap, .. } = &error else {
                panic!("{error:?}");
            };
            let frames = trap.frames.iter().map(ToString::to_string).collect();
            (u32::MAX, trap.kind, frames, error.stdout().to_vec())
        }
    }
}

#[test]
fn checks_do_not_change_the_control_flow() {
    // As the comments of the guest say.
    let expected = [
        1,
        21,
        32,
        13,
        12,
        10,
        12,
        5,
        21,
        0,
        1,
        705_082_704,
        60005,
        100_000,
        0,
        17,
        -1,
        1,
        0,
        42,
        5,
        -1,
        1,
        4,
        -1,
        0,
        6,
        -1,
        1,
        8,
        0x3366_99cd,
        4.5f32.to_bits() as i32,
        0.5f32.to_bits() as i32,
        14,
        0,
        99,
        -5,
        83,
        0x3433_3207,
        1,
        -1,
        2,
    ];
    let mut hashes = Vec::new();
    for (checks, program) in control() {
        let output = program.command().output().unwrap();
        let numbers = output.stdout.strip_prefix(b"ok\n").unwrap();
        let mut numbers: Vec<i32> = numbers
            .chunks_exact(4)
            .map(|bytes| i32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        hashes.extend(numbers.pop());
        assert_eq!(numbers, expected, "{checks}");
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

#[test]
fn checks_do_not_change_traps() {
    let ways = [
        "unreachable",
        "divide",
        "overflow",
        "bounds",
        "indirect",
        "null-indirect",
        "abort",
        "none",
    ];
    for way in ways {
        let outcomes = traps().map(|(_, program)| outcome(program.command().arg(way).output()));
        for ((checks, _), found) in std::iter::zip(traps(), &outcomes) {
            assert_eq!(*found, outcomes[0], "{way}, {checks}");
        }
    }
    // The depth that it reaches is not compared.
    for (checks, program) in traps() {
        let (_, kind, _, stdout) = outcome(program.command().arg("stack").output());
        let expected = (Some(TrapKind::StackOverflow), &b"before"[..]);
        assert_eq!((kind, &stdout[..]), expected, "{checks}");
    }
}
